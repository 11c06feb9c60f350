// Builds dist/: compiled code, what it reads at run time, the workflow bundle, and the JSON Schema of the plan file. Where nothing has changed since the
// last build, that is left alone.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, existsSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const dist = join(root, 'dist');
// Made beside it and put in its place at the end: a build that fails leaves the last good one.
const made = join(root, `dist-${process.pid}`);
const require = createRequire(import.meta.url);

/** Of all that goes into a build. */
function hashOfInputs() {
  const sources = readdirSync(join(root, 'src'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(root, join(entry.parentPath, entry.name)))
    .sort();
  const hash = createHash('sha256').update(process.version);
  const others = ['package.json', 'package-lock.json', 'tsconfig.json', 'tsconfig.build.json', 'scripts/build.mjs'];
  for (const file of [...others, ...sources]) {
    // A packed copy has no lock file.
    if (existsSync(join(root, file))) hash.update(`\0${file}\0`).update(readFileSync(join(root, file)));
  }
  return hash.digest('hex');
}

const inputs = hashOfInputs();
const stamp = 'built-from.txt';
if (existsSync(join(dist, stamp)) && readFileSync(join(dist, stamp), 'utf8') === inputs) process.exit(0);

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

  writeFileSync(join(made, stamp), inputs);
  rmSync(dist, { recursive: true, force: true });
  renameSync(made, dist);
} catch (error) {
  rmSync(made, { recursive: true, force: true });
  // The compiler has said what is wrong.
  if (typeof error.status !== 'number') console.error(error);
  process.exitCode = 1;
}
