// Builds dist/: compiled code, what it reads at run time, the workflow bundle, and the JSON Schema of the plan file.
import { execFileSync } from 'node:child_process';
import { cpSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const dist = join(root, 'dist');
// Made beside it and put in its place at the end: a build that fails leaves the last good one.
const made = join(root, `dist-${process.pid}`);
const require = createRequire(import.meta.url);

try {
  const tsc = require.resolve('typescript/bin/tsc');
  execFileSync(process.execPath, [tsc, '-p', join(root, 'tsconfig.build.json'), '--outDir', made], {
    stdio: 'inherit',
  });

  // Files that are read as they are: SQL, and programs that run without the rest.
  for (const entry of readdirSync(join(root, 'src'), { recursive: true })) {
    if (/\.(sql|cjs)$/.test(entry)) cpSync(join(root, 'src', entry), join(made, entry));
  }

  const { bundleFiles, bundleWorkflows } = require(join(made, 'main', 'workflow-bundle.js'));
  for (const [kind, file] of Object.entries(bundleFiles)) {
    writeFileSync(join(made, file), (await bundleWorkflows(kind)).code);
  }

  const { planJsonSchema } = require(join(made, 'contracts', 'schemas', 'plan-json-schema.js'));
  writeFileSync(join(made, 'plan.schema.json'), `${JSON.stringify(planJsonSchema(), null, 2)}\n`);

  rmSync(dist, { recursive: true, force: true });
  renameSync(made, dist);
} catch (error) {
  rmSync(made, { recursive: true, force: true });
  // The compiler has said what is wrong.
  if (typeof error.status !== 'number') console.error(error);
  process.exitCode = 1;
}
