import { execFile } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const execute = promisify(execFile);

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'orchestra-package-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it('gives a working orchestra command when it is packed and installed into an empty folder', async () => {
  // The build has been made by npm test; making it again would pull it from under the other tests.
  const packed = await execute('npm', ['pack', '--ignore-scripts', '--json', '--pack-destination', folder]);
  const [{ filename }] = JSON.parse(packed.stdout) as [{ filename: string }];
  await execute('npm', ['init', '--yes'], { cwd: folder });
  await execute('npm', ['install', '--no-audit', '--no-fund', join(folder, filename)], { cwd: folder });

  const version = await execute('npx', ['orchestra', '--version'], { cwd: folder });
  expect(version.stdout.trim()).toMatch(/^\d+\.\d+\.\d+$/);

  cpSync(join(folder, 'node_modules/agent-orchestra/examples/hello'), join(folder, 'hello'), { recursive: true });
  const { stdout } = await execute('npx', ['orchestra', 'run', 'hello/hello.plan.yaml', '-o', 'json'], {
    cwd: folder,
    timeout: 400_000,
  });
  expect(JSON.parse(stdout)).toMatchObject({ status: 'succeeded', plan: 'hello' });
}, 600_000);
