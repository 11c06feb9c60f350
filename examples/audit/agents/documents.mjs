// What a stranger looks for first: a README and a licence.
import { runAgent } from './shared/agent.mjs';
import { listFiles, readText } from './shared/files.mjs';
import { inspectionResult, NotChecked } from './shared/result.mjs';

const minimumReadmeCharacters = 40;
const licence = /^(licen[cs]e|copying|unlicense)([.-][^/]*)?$/i;

runAgent(async ({ root }) => {
  const notChecked = new NotChecked();
  const files = await listFiles(root, new NotChecked());
  const topLevel = files.filter(({ path }) => !path.includes('/'));
  const findings = [];
  if (files.length > 0) {
    const readme = topLevel.find(({ path }) => /^readme(\.[a-z]+)?$/i.test(path));
    if (readme === undefined) {
      findings.push({
        severity: 'low',
        title: 'No README',
        detail: 'Say what it is, how to start it, and whom to ask.',
      });
    } else {
      const text = await readText(root, readme, notChecked);
      if (text !== null && text.trim().length < minimumReadmeCharacters) {
        findings.push({ severity: 'low', file: readme.path, line: 1, title: 'README that says next to nothing' });
      }
    }
    if (!topLevel.some(({ path }) => licence.test(path)) && !files.some(({ path }) => path.startsWith('LICENSES/'))) {
      findings.push({
        severity: 'low',
        title: 'No licence',
        detail: 'Without one, nobody may use or change the code.',
      });
    }
  }
  return inspectionResult({ findings, checked: { files: files.length }, notChecked });
});
