import { stat } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { OrchestraError } from '../../domain/errors';
import { runCommand } from '../../processes/run-command';

/** The user that PostgreSQL runs as. */
export interface PostgresAccount {
  uid: number;
  gid: number;
}

const accountName = 'postgres';
const timeoutMs = 30_000;
const environment = { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C' };

/**
 * Null for an ordinary user: PostgreSQL runs as that user. For root, as which PostgreSQL refuses to run, the owner of the cluster where
 * there is one, else the user `postgres`, which is made where it is missing.
 */
export async function postgresAccount(existingCluster: string | null): Promise<PostgresAccount | null> {
  if (userInfo().uid !== 0) return null;
  const owner = existingCluster === null ? null : await stat(existingCluster).catch(() => null);
  if (owner && owner.uid !== 0) return { uid: owner.uid, gid: owner.gid };
  return (await findAccount()) ?? (await createAccount());
}

/** The user `postgres` of this machine, null where there is none. */
export async function findAccount(): Promise<PostgresAccount | null> {
  const [uid, gid] = await Promise.all([idOf('-u'), idOf('-g')]);
  return uid === null || gid === null ? null : { uid, gid };
}

async function idOf(option: '-u' | '-g'): Promise<number | null> {
  const { exitCode, output } = await runCommand('id', [option, accountName], { environment, timeoutMs });
  return exitCode === 0 ? Number(output.trim()) : null;
}

async function createAccount(): Promise<PostgresAccount> {
  const args = ['--system', '--user-group', '--no-create-home', '--shell', '/bin/false', accountName];
  const failure = await runCommand('useradd', args, { environment, timeoutMs }).then(
    ({ exitCode, output }) => (exitCode === 0 ? null : output.trim()),
    (error: Error) => error.message,
  );
  const account = await findAccount();
  if (account !== null) return account;
  throw new OrchestraError(
    'EMBEDDED_START_FAILED',
    `PostgreSQL refuses to run as root, and the user "${accountName}" could not be made: ${failure}. ` +
      `Run orchestra as an ordinary user, or make a user "${accountName}".`,
  );
}

/** Whether the account can read a file, or enter a folder. Asked of the kernel, which knows about ACLs and the like. */
export async function canReach(account: PostgresAccount | null, file: string): Promise<boolean> {
  const asDirectory = (await stat(file).catch(() => null))?.isDirectory() ?? false;
  const { exitCode } = await runCommand('test', [asDirectory ? '-x' : '-r', file], {
    environment,
    user: account,
    timeoutMs,
  });
  return exitCode === 0;
}
