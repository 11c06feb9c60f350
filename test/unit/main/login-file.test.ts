import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { tryLock } from '../../../src/embedded/directory-lock';
import { LoginFile } from '../../../src/main/login-file';

const home = mkdtempSync(join(tmpdir(), 'orchestra-logins-'));
afterAll(() => rmSync(home, { recursive: true }));

const loginOf = (token: string) => ({ token, workspace: 'ours', expiresAt: null });

test('a login that comes while another one is written is kept beside it', async () => {
  const file = new LoginFile({ XDG_CONFIG_HOME: join(home, 'two') });
  await file.put('https://first.example', loginOf('first'));
  // Another process has read what there was, and is about to write.
  const other = tryLock(`${file.path}.lock`);
  if (!('lock' in other)) throw new Error('nobody else is there');
  const known = file.all();
  const putting = file.put('https://second.example', loginOf('second'));
  writeFileSync(file.path, JSON.stringify({ logins: { ...known, 'https://third.example': loginOf('third') } }));
  other.lock.release();
  await putting;
  expect(Object.values(file.all()).map(({ token }) => token)).toEqual(['first', 'third', 'second']);
});

test('many at once lose none, and one that was killed while it wrote is in nobody’s way', async () => {
  const file = new LoginFile({ XDG_CONFIG_HOME: join(home, 'many') });
  await file.put('https://0.example', loginOf('0'));
  writeFileSync(`${file.path}.draft`, '{ "logins": {', { mode: 0o600 });
  const names = ['1', '2', '3', '4'];
  await Promise.all(names.map((name) => file.put(`https://${name}.example`, loginOf(name))));
  expect(await file.remove('https://0.example')).toBe(true);
  expect(await file.remove('https://0.example')).toBe(false);
  expect(
    Object.values(file.all())
      .map(({ token }) => token)
      .sort(),
  ).toEqual(names);
  expect(readdirSync(dirname(file.path)).sort()).toEqual(['logins.json', 'logins.json.lock']);
});
