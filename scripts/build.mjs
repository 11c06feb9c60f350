// Builds dist/: compiled code, what it reads at run time, the workflow bundle, and the JSON Schema of the plan file.
import { execFileSync } from 'node:child_process';
import { cpSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const dist = join(root, 'dist');
const require = createRequire(import.meta.url);

rmSync(dist, { recursive: true, force: true });
execFileSync(process.execPath, [require.resolve('typescript/bin/tsc'), '-p', join(root, 'tsconfig.build.json')], { stdio: 'inherit' });

// Files that are read as they are: SQL, and programs that run without the rest.
for (const entry of readdirSync(join(root, 'src'), { recursive: true })) {
  if (/\.(sql|cjs)$/.test(entry)) cpSync(join(root, 'src', entry), join(dist, entry));
}

const { bundleWorkflows } = require(join(dist, 'main', 'workflow-bundle.js'));
writeFileSync(join(dist, 'workflow-bundle.js'), (await bundleWorkflows()).code);

const { planJsonSchema } = require(join(dist, 'contracts', 'schemas', 'plan-json-schema.js'));
writeFileSync(join(dist, 'plan.schema.json'), `${JSON.stringify(planJsonSchema(), null, 2)}\n`);
