import { mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readConfiguration } from '../../../src/main/configuration';
import { loadSecretKeys, parseSecretKeys } from '../../../src/main/secret-keys';

const key = (byte: number): string => Buffer.alloc(32, byte).toString('base64');

test('keys are separated by commas or lines', () => {
  expect(parseSecretKeys(` k2:${key(2)} ,\nk1:${key(1)}\n`)).toEqual([
    { id: 'k2', key: Buffer.alloc(32, 2) },
    { id: 'k1', key: Buffer.alloc(32, 1) },
  ]);
});

test.each([
  ['nothing', '', 'it holds no key'],
  ['a key without an id', key(1), 'entry 1 is not written as ID:KEY'],
  ['a key that is too short', `k1:${key(1)},k2:c2hvcnQtc2VjcmV0`, 'the key "k2" has 12 bytes, and 32 are needed'],
  ['an id twice', `k1:${key(1)},k1:${key(2)}`, 'the key "k1" is there twice'],
])('%s is refused, without a word of a key', (_, text, message) => {
  const fault = parseSecretKeys(text);
  expect(fault).toContain(message);
  expect(fault).not.toContain('c2hvcnQ');
  expect(() => readConfiguration({ ORCHESTRA_SECRET_KEYS: text })).toThrow(
    `The environment variable ORCHESTRA_SECRET_KEYS is not usable: ${String(fault)}.`,
  );
});

describe('where the keys are', () => {
  let directory: string;
  beforeEach(() => (directory = mkdtempSync(join(tmpdir(), 'orchestra-keys-'))));
  afterEach(() => rmSync(directory, { recursive: true }));
  const load = (environment: NodeJS.ProcessEnv = {}) => loadSecretKeys(readConfiguration(environment, directory));

  test('in the environment', () => {
    expect(load({ ORCHESTRA_SECRET_KEYS: `k1:${key(1)}` })).toEqual([{ id: 'k1', key: Buffer.alloc(32, 1) }]);
    expect(readdirSync(directory)).toEqual([]);
  });

  test('in a file of the data folder, made once, for its owner only', () => {
    const keys = load();
    expect(keys).toEqual([{ id: expect.stringMatching(/^local-[0-9a-f]{8}$/), key: expect.any(Buffer) }]);
    expect(load()).toEqual(keys);
    expect(readdirSync(directory)).toEqual(['secrets.key']);
    expect(statSync(join(directory, 'secrets.key')).mode & 0o777).toBe(0o600);
  });

  test('in that file, in front of the old one, for a rotation', () => {
    load();
    const file = join(directory, 'secrets.key');
    const before = readFileSync(file, 'utf8');
    writeFileSync(file, `k2:${key(2)}\n${before}`);
    expect(load().map(({ id }) => id)).toEqual(['k2', expect.stringMatching(/^local-/)]);
    writeFileSync(file, 'broken');
    expect(() => load()).toThrow(`The key file ${file} is not usable: entry 1 is not written as ID:KEY`);
  });

  test('nowhere, for a database that is not ours', () => {
    expect(() => load({ DATABASE_URL: 'postgres://x/y' })).toThrow(
      expect.objectContaining({ code: 'USAGE', message: expect.stringContaining('openssl rand -base64 32') }) as Error,
    );
    expect(readdirSync(directory)).toEqual([]);
  });
});
