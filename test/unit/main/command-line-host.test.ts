import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import type { CommandLineHost } from '../../../src/cli/ports';
import { createHost } from '../../../src/main/command-line-host';

const folder = mkdtempSync(join(tmpdir(), 'orchestra-host-'));
afterAll(() => rmSync(folder, { recursive: true }));

const host = createHost(process);

test('a file is read', async () => {
  const file = join(folder, 'letter.txt');
  writeFileSync(file, 'Dear all');
  expect(await host.readText(file)).toBe('Dear all');
  expect(host.readTextSync(file)).toBe('Dear all');
  expect(await host.listFolder(folder)).toEqual(['letter.txt']);
  expect(await host.listFolder(file)).toBeUndefined();
});

test.each([
  ['gone', 'there is no such file'],
  ['', 'it is a folder'],
  ['letter.txt/below', 'a part of its path is no folder'],
])('of "%s" that cannot be read it is said in plain words why', async (name, words) => {
  writeFileSync(join(folder, 'letter.txt'), 'Dear all');
  const path = join(folder, name);
  await expect(host.readText(path)).rejects.toThrow(words);
  expect(() => host.readTextSync(path)).toThrow(words);
});

/** A host whose stdout fails with this code as soon as it is written to. */
function withStdoutThatFails(code: string): CommandLineHost {
  const stdout = new Writable({ write: (_chunk, _encoding, done) => done(Object.assign(new Error(code), { code })) });
  return createHost(Object.create(process, { stdout: { value: stdout } }) as NodeJS.Process);
}

test.each([['ENOSPC'], ['EPIPE']])('what %s made impossible to write is dropped, and why is known', async (code) => {
  const { stdout } = withStdoutThatFails(code);
  expect(stdout.failure()).toBeUndefined();
  await stdout.write('one');
  expect(stdout.failure()).toMatchObject({ code });
  await expect(stdout.write('two')).resolves.toBeUndefined();
});
