// Files that make every clone slow.
import { runAgent } from './shared/agent.mjs';
import { listFiles } from './shared/files.mjs';
import { inspectionResult, NotChecked } from './shared/result.mjs';

const veryLargeKB = 10 * 1024;

runAgent(async ({ root, limitKB }) => {
  const notChecked = new NotChecked();
  const files = (await listFiles(root, new NotChecked())).filter(({ kind }) => kind === 'file');
  const findings = files
    .filter(({ bytes }) => bytes > limitKB * 1024)
    .sort((left, right) => right.bytes - left.bytes)
    .map(({ path, bytes }) => ({
      severity: bytes > veryLargeKB * 1024 ? 'medium' : 'low',
      file: path,
      title: `Large file: ${Math.round(bytes / 1024).toLocaleString('en')} KB`,
      detail: 'Generate it, publish it elsewhere, or keep it with Git LFS.',
    }));
  notChecked.addLimit('deleted large files', 'sizes are those of the files as they are now, not of the history');
  return inspectionResult({ findings, checked: { files: files.length }, notChecked });
});
