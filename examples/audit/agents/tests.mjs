// Whether there are tests, and how much of them for how much code.
import { runAgent } from './shared/agent.mjs';
import { listFiles, readText } from './shared/files.mjs';
import { isTestFile, languageOf } from './shared/languages.mjs';
import { inspectionResult, NotChecked } from './shared/result.mjs';

const minimumCodeFiles = 3;
const shareWorthAsking = 0.05;

runAgent(async ({ root }) => {
  const notChecked = new NotChecked();
  const code = (await listFiles(root, new NotChecked())).filter(({ path }) => languageOf(path)?.isCode);
  const count = { tests: 0, testLines: 0, sources: 0, sourceLines: 0 };
  for (const file of code) {
    const text = await readText(root, file, notChecked);
    if (text === null) continue;
    const lines = text.split('\n').length;
    // Rust and D keep their tests beside the code.
    if (isTestFile(file.path) || /^\s*#\[(cfg\()?test\]?/m.test(text)) {
      count.tests += 1;
      count.testLines += lines;
    } else {
      count.sources += 1;
      count.sourceLines += lines;
    }
  }
  const findings = [];
  if (count.sources >= minimumCodeFiles && count.tests === 0) {
    findings.push({ severity: 'medium', title: `No tests for ${count.sources} code files` });
  } else if (count.testLines < shareWorthAsking * count.sourceLines && count.sources >= minimumCodeFiles) {
    const title = `Few tests: ${count.testLines} lines for ${count.sourceLines} lines of code`;
    findings.push({ severity: 'low', title });
  }
  return inspectionResult({
    findings,
    checked: { 'code files': code.length, 'test files': count.tests },
    notChecked,
    ...count,
  });
});
