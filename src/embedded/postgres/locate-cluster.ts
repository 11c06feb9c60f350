import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { DataDirectory } from '../data-directory';
import { canReach, type PostgresAccount } from './postgres-account';

/** The folder of the database cluster as recorded so far; it need not exist. */
export function recordedCluster(data: DataDirectory): string {
  if (!existsSync(data.postgresLocationFile)) return data.postgresCluster;
  return readFileSync(data.postgresLocationFile, 'utf8').trim();
}

/**
 * Decides where the cluster lies: in the data folder, or, where `account` cannot get there (a home with mode 700), below
 * `systemDirectory`, under a name that is written down in the data folder. The name is random: a data folder that was moved, and a new one
 * in its place, must not share a cluster.
 */
export async function locateCluster(
  data: DataDirectory,
  account: PostgresAccount | null,
  systemDirectory: string,
): Promise<string> {
  const recorded = recordedCluster(data);
  if (recorded !== data.postgresCluster || account === null || (await canReach(account, data.root))) return recorded;
  await makeReachableDirectory(systemDirectory);
  const cluster = path.join(systemDirectory, `postgres-${randomBytes(8).toString('hex')}`);
  await writeFile(data.postgresLocationFile, `${cluster}\n`);
  return cluster;
}

/** Makes a folder, where it is missing, that other users can enter, whatever the umask. */
export async function makeReachableDirectory(directory: string): Promise<void> {
  const made = await mkdir(directory, { recursive: true });
  if (made !== undefined) await chmod(directory, 0o755);
}
