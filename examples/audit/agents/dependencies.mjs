// One package manifest: dependencies that are listed twice, accept any version, or come without a lockfile. Offline.
import { posix } from 'node:path';
import { AuditError, runAgent } from './shared/agent.mjs';
import { listFiles, readText } from './shared/files.mjs';
import { inspectCargo, inspectGoModule, inspectRequirements } from './shared/manifest-others.mjs';
import { inspectPackageJson } from './shared/manifest-package-json.mjs';
import { inspectionResult, NotChecked } from './shared/result.mjs';

const lockFilesOf = {
  'package.json': ['package-lock.json', 'npm-shrinkwrap.json', 'yarn.lock', 'pnpm-lock.yaml', 'bun.lock', 'bun.lockb'],
  'go.mod': ['go.sum'],
};

function inspectorOf(name) {
  const byName = { 'package.json': inspectPackageJson, 'go.mod': inspectGoModule, 'Cargo.toml': inspectCargo };
  return byName[name] ?? inspectRequirements;
}

/** Whether a lockfile lies beside the manifest or in a folder above, as workspaces have it. */
function hasLockFile(manifest, names, paths) {
  for (let folder = posix.dirname(manifest); ; folder = posix.dirname(folder)) {
    if (names.some((name) => paths.has(posix.join(folder, name)))) return true;
    if (folder === '.') return false;
  }
}

runAgent(async ({ root, manifest }) => {
  const notChecked = new NotChecked();
  const files = await listFiles(root, new NotChecked());
  const file = files.find(({ path }) => path === manifest);
  if (file === undefined)
    throw new AuditError(`${manifest} has gone since the inventory was made. Run the audit again.`);
  const name = posix.basename(manifest);
  const text = (await readText(root, file, notChecked)) ?? '';
  let inspected = { findings: [], count: 0, lockable: false };
  try {
    if (text !== '') inspected = inspectorOf(name)(text);
  } catch {
    inspected.findings.push({ severity: 'medium', line: 1, title: `${name} cannot be parsed` });
  }
  const findings = inspected.findings.map((finding) => ({ ...finding, file: manifest }));
  const lockFiles = lockFilesOf[name] ?? [];
  if (inspected.lockable && !hasLockFile(manifest, lockFiles, new Set(files.map(({ path }) => path)))) {
    const title = 'Dependencies without a lockfile';
    findings.push({ severity: 'low', file: manifest, line: 1, title, detail: `Commit ${lockFiles[0]}.` });
  }
  notChecked.addLimit('known vulnerabilities of dependencies', 'the audit works offline');
  return inspectionResult({ findings, checked: { manifests: 1, dependencies: inspected.count }, notChecked });
});
