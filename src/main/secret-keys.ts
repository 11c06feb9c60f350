import { randomBytes } from 'node:crypto';
import { linkSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { OrchestraError } from '../domain/errors';
import type { Configuration } from './configuration';

export interface SecretKey {
  id: string;
  /** 32 bytes. */
  key: Buffer;
}

const keyFile = 'secrets.key';

/**
 * The keys that secrets of agents are encrypted with: those of ORCHESTRA_SECRET_KEYS, else, on the embedded database, those of a file in the data
 * folder, which is made where there is none. Throws USAGE.
 */
export function loadSecretKeys({ secretKeys, databaseUrl, dataDirectory }: Configuration): readonly SecretKey[] {
  if (secretKeys) return secretKeys;
  if (databaseUrl !== undefined) {
    throw new OrchestraError(
      'USAGE',
      'There is no key to encrypt secrets with. Set ORCHESTRA_SECRET_KEYS to ID:KEY for every process that uses this database, and keep it: without it, secrets are lost. ' +
        '`echo "k1:$(openssl rand -base64 32)"` makes one.',
    );
  }
  return loadKeyFile(dataDirectory, keyFile);
}

/** The keys of a file in the data folder, which is made where there is none. Throws USAGE. */
export function loadKeyFile(dataDirectory: string, name: string): readonly SecretKey[] {
  const file = join(dataDirectory, name);
  const keys = parseSecretKeys(readOrMake(file));
  if (typeof keys === 'string') throw new OrchestraError('USAGE', `The key file ${file} is not usable: ${keys}.`);
  return keys;
}

/** Keys written as `id:base64key`, separated by commas or lines; or what is wrong, without anything of a key. */
export function parseSecretKeys(text: string): SecretKey[] | string {
  const keys: SecretKey[] = [];
  const parts = text.split(/[,\n]/).map((part) => part.trim());
  for (const [index, part] of parts.filter((part) => part !== '').entries()) {
    const [, id, encoded = ''] = /^([A-Za-z0-9_.-]{1,63}):([A-Za-z0-9+/_-]+={0,2})$/.exec(part) ?? [];
    if (id === undefined) return `entry ${index + 1} is not written as ID:KEY, with a key in base64`;
    const key = Buffer.from(encoded, 'base64');
    if (key.length !== 32)
      return `the key "${id}" has ${key.length} bytes, and 32 are needed (openssl rand -base64 32)`;
    if (keys.some((known) => known.id === id)) return `the key "${id}" is there twice`;
    keys.push({ id, key });
  }
  return keys.length === 0 ? 'it holds no key' : keys;
}

function readOrMake(file: string): string {
  const known = readIfThere(file);
  if (known !== undefined) return known;
  // Linked, not renamed: of two processes that make one at the same time, the second takes that of the first.
  const draft = `${file}.${randomBytes(6).toString('hex')}`;
  writeFileSync(draft, `local-${randomBytes(4).toString('hex')}:${randomBytes(32).toString('base64')}\n`, {
    mode: 0o600,
    flag: 'wx',
  });
  try {
    linkSync(draft, file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    rmSync(draft);
  }
  return readFileSync(file, 'utf8');
}

function readIfThere(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return undefined;
    throw new OrchestraError('USAGE', `The key file cannot be read: ${message}.`, { cause: error });
  }
}
