import { Client } from 'pg';
import { OrchestraError } from '../domain/errors';
import { migrate } from '../stores/migrate';
import { accessOf } from './database-access';

/**
 * Brings the database up to date, as its owner, and makes sure that the program can act as its roles. Resolves with the names of the migrations that were
 * applied. Throws SERVER_UNAVAILABLE.
 */
export async function prepareDatabase(databaseUrl: string, ownerUrl: string = databaseUrl): Promise<string[]> {
  const applied = await orUnavailable(ownerUrl, () => migrate(ownerUrl));
  const { user, isMember } = await orUnavailable(databaseUrl, () => readAccess(databaseUrl));
  if (isMember) return applied;
  throw new OrchestraError(
    'SERVER_UNAVAILABLE',
    `The user "${user}" of DATABASE_URL may not act as the roles of the program. Let an administrator run: GRANT orchestra_app, orchestra_engine TO "${user}". See docs/workspaces.md.`,
  );
}

async function readAccess(databaseUrl: string): ReturnType<typeof accessOf> {
  const client = new Client({ connectionString: databaseUrl, connectionTimeoutMillis: 5_000 });
  client.on('error', () => undefined);
  try {
    await client.connect();
    return await accessOf(client);
  } finally {
    await client.end().catch(() => undefined);
  }
}

async function orUnavailable<T>(databaseUrl: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const { host } = new URL(databaseUrl);
    const { message } = error as Error;
    throw new OrchestraError(
      'SERVER_UNAVAILABLE',
      `PostgreSQL at ${host} cannot be used: ${message}. ${adviceOn(error as NodeJS.ErrnoException)}`,
      { cause: error },
    );
  }
}

/** Node's codes of certificates that are not trusted. */
const distrust = /^(CERT_|UNABLE_TO_(GET|VERIFY)_|SELF_SIGNED_|DEPTH_ZERO_|ERR_TLS_CERT_)/;

function adviceOn({ message, code }: NodeJS.ErrnoException): string {
  if (distrust.test(code ?? '')) {
    return (
      'Its certificate is not trusted: `sslrootcert` in DATABASE_URL has to name the certificate of the authority that signed it, ' +
      'and the host has to be one of the names in it (docs/security.md).'
    );
  }
  // Who runs the migrations wraps what PostgreSQL says.
  if (message.includes('permission denied')) {
    return 'Set ORCHESTRA_DATABASE_OWNER_URL to a user who may change the tables; docs/workspaces.md says what that takes.';
  }
  return 'Check DATABASE_URL, or unset it to use the embedded server.';
}
