import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspectEmbedded } from '../../src/embedded/inspect-embedded';

const folder = mkdtempSync(join(tmpdir(), 'orchestra-inspect-'));
afterAll(() => rmSync(folder, { recursive: true }));

const folderAt = async (dataDirectory: string) =>
  (await inspectEmbedded({ dataDirectory, environment: process.env })).dataDirectory;

test('a folder that could be made counts as writable, and nothing is left there', async () => {
  expect(await folderAt(join(folder, 'deep', 'down'))).toMatchObject({ exists: false, writable: true });
  expect(await folderAt(folder)).toMatchObject({ exists: true, writable: true });
  expect(readdirSync(folder)).toEqual([]);
});

test('one below a file cannot be made', async () => {
  const file = join(folder, 'file');
  writeFileSync(file, '');
  expect(await folderAt(join(file, 'below'))).toMatchObject({ exists: false, writable: false });
  rmSync(file);
});

const withProc = existsSync('/proc/self') ? test : test.skip;

withProc('nor can one below /proc, which root may write by the rights of files', async () => {
  expect(await folderAt('/proc/orchestra')).toMatchObject({ exists: false, writable: false });
});
