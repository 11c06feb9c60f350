// Credentials in the files of one area: known forms, and random values assigned to names that speak of secrets.
import { runAgent } from './shared/agent.mjs';
import { isInArea } from './shared/areas.mjs';
import { listFiles, readText } from './shared/files.mjs';
import { isLockFile } from './shared/languages.mjs';
import { lineFinder } from './shared/positions.mjs';
import { inspectionResult, NotChecked } from './shared/result.mjs';
import { findSecrets } from './shared/secret-rules.mjs';

const maximumLineLength = 5000;
const allowed = /pragma: allowlist secret|gitleaks:allow/;

function masked(value) {
  return `${value.slice(0, 4)}… (${value.length} characters)`;
}

runAgent(async ({ root, area }) => {
  const notChecked = new NotChecked();
  const inside = (await listFiles(root, new NotChecked())).filter(({ path }) => isInArea(path, area));
  const findings = [];
  let read = 0;
  for (const file of inside) {
    if (isLockFile(file.path)) {
      notChecked.add('lockfiles', 'they are full of hashes');
      continue;
    }
    const text = await readText(root, file, notChecked);
    if (text === null) continue;
    read += 1;
    const lineOf = lineFinder(text);
    const lines = text.split('\n');
    if (lines.some((line) => line.length > maximumLineLength)) {
      notChecked.add('files', `they have lines of more than ${maximumLineLength} characters (minified or data)`);
      continue;
    }
    for (const { title, severity, value, index } of findSecrets(file.path, text)) {
      const line = lineOf(index);
      if (allowed.test(lines[line - 1])) continue;
      const detail = 'Revoke it, then take it out of the code and of the history.';
      findings.push({ severity, file: file.path, line, title, excerpt: masked(value), detail });
    }
  }
  notChecked.addLimit('earlier commits', 'secrets are looked for in the files as they are now');
  return inspectionResult({ findings, checked: { files: read }, notChecked });
});
