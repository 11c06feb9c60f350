import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { chmod, chown, mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { OrchestraError } from '../../domain/errors';
import { runCommand } from '../../processes/run-command';
import type { PostgresAccount } from './postgres-account';

export const databaseUser = 'orchestra';

export interface ClusterOptions {
  cluster: string;
  passwordFile: string;
  binDirectory: string;
  account: PostgresAccount | null;
}

/** Makes the database cluster where it is missing, all of it or nothing; hands back the password of its user. */
export async function createCluster(options: ClusterOptions): Promise<string> {
  const { cluster, passwordFile } = options;
  if (existsSync(path.join(cluster, 'PG_VERSION'))) return existingPassword(cluster, passwordFile);
  const password = randomBytes(24).toString('base64url');
  // An earlier start can have been killed in the middle: only a finished cluster gets the final name.
  const unfinished = `${cluster}.new`;
  await rm(unfinished, { recursive: true, force: true });
  await mkdir(unfinished, { recursive: true, mode: 0o700 });
  await chmod(unfinished, 0o700);
  if (options.account) await chown(unfinished, options.account.uid, options.account.gid);
  await runInitdb(unfinished, password, options);
  await writeFile(passwordFile, password, { mode: 0o600 });
  await rename(unfinished, cluster);
  return password;
}

function existingPassword(cluster: string, passwordFile: string): string {
  try {
    return readFileSync(passwordFile, 'utf8').trim();
  } catch (error) {
    throw new OrchestraError(
      'EMBEDDED_START_FAILED',
      `The password of the embedded database cannot be read (${(error as Error).message}), but its data exists in ${cluster}. ` +
        `Restore the file, or move the data folder away to start with an empty one.`,
      { cause: error },
    );
  }
}

async function runInitdb(
  directory: string,
  password: string,
  { binDirectory, account }: ClusterOptions,
): Promise<void> {
  const secrets = await mkdtemp(path.join(tmpdir(), 'orchestra-'));
  try {
    const passwordFile = path.join(secrets, 'password');
    await writeFile(passwordFile, `${password}\n`, { mode: 0o600 });
    if (account) await Promise.all([secrets, passwordFile].map((file) => chown(file, account.uid, account.gid)));
    const args = [
      `--pgdata=${directory}`,
      `--username=${databaseUser}`,
      `--pwfile=${passwordFile}`,
      '--auth=scram-sha-256',
      '--encoding=UTF8',
      // The same order of texts on every machine, whatever locales it has.
      '--locale=C',
      '--locale-provider=builtin',
      '--builtin-locale=C.UTF-8',
    ];
    const { exitCode, output } = await runCommand(path.join(binDirectory, 'initdb'), args, {
      environment: { LC_ALL: 'C', PATH: '/usr/bin:/bin' },
      user: account,
      timeoutMs: 120_000,
    });
    if (exitCode !== 0)
      throw new Error(`initdb could not make the database (exit code ${exitCode}):\n${output.trim()}`);
  } finally {
    await rm(secrets, { recursive: true, force: true });
  }
}
