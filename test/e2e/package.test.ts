import { execFile } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const execute = promisify(execFile);

let folder: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'orchestra-package-'));
  // The build has been made by npm test; making it again would pull it from under the other tests.
  const packed = await execute('npm', ['pack', '--ignore-scripts', '--json', '--pack-destination', folder]);
  const [{ filename }] = JSON.parse(packed.stdout) as [{ filename: string }];
  await execute('npm', ['init', '--yes'], { cwd: folder });
  // What was installed for this repository need not be asked for again.
  const options = ['--no-audit', '--no-fund', '--prefer-offline'];
  await execute('npm', ['install', ...options, join(folder, filename)], { cwd: folder });
}, 600_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it('gives a working orchestra command when it is packed and installed into an empty folder', async () => {
  const version = await execute('npx', ['orchestra', '--version'], { cwd: folder });
  expect(version.stdout.trim()).toMatch(/^\d+\.\d+\.\d+$/);

  cpSync(join(folder, 'node_modules/agent-orchestra/examples/hello'), join(folder, 'hello'), { recursive: true });
  const { stdout } = await execute('npx', ['orchestra', 'run', 'hello/hello.plan.yaml', '-o', 'json'], {
    cwd: folder,
    timeout: 400_000,
  });
  expect(JSON.parse(stdout)).toMatchObject({ status: 'succeeded', plan: 'hello' });
}, 600_000);

it('gives programs a client, in either kind of module, and loads no server for it', async () => {
  const program = `
    import { ApiError, createClient, defineAgent, serveAgent } from 'agent-orchestra';
    import { createClient as createHttpClient } from 'agent-orchestra/http';
    import { createRequire } from 'node:module';
    const require = createRequire(import.meta.url);
    const answered = require('agent-orchestra').createClient === createClient;
    const loaded = Object.keys(require.cache).filter((file) => /node_modules.(?!agent-orchestra.dist)/.test(file));
    const client = createHttpClient({ apiUrl: 'http://127.0.0.1:9', token: 't', retries: 0 });
    const { reason } = await client.hosts().catch((error) => error);
    console.log(JSON.stringify([answered, loaded, reason, typeof ApiError, typeof defineAgent, typeof serveAgent]));
  `;
  writeFileSync(join(folder, 'program.mjs'), program);
  const { stdout } = await execute(process.execPath, ['program.mjs'], { cwd: folder });
  expect(JSON.parse(stdout)).toEqual([true, [], 'network', 'function', 'function', 'function']);
});
