import { chownSync, mkdirSync, writeFileSync } from 'node:fs';
import { appendFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { createDataDirectory } from '../../../src/embedded/data-directory';
import { findFreePort } from '../../../src/embedded/free-port';
import { createCluster, databaseUser } from '../../../src/embedded/postgres/create-cluster';
import { databaseUrl, launchPostgres } from '../../../src/embedded/postgres/launch-postgres';
import { locateCluster } from '../../../src/embedded/postgres/locate-cluster';
import { postgresAccount } from '../../../src/embedded/postgres/postgres-account';
import { findPostgresPackage, preparePostgresBinaries } from '../../../src/embedded/postgres/postgres-binaries';
import type { Certificate } from './certificates';

/** A PostgreSQL of its own that takes nothing without TLS, but from who starts it. */
export interface TlsPostgres {
  /** Of its database; `host` is how it is called, `settings` are parameters of the URL. */
  url(host: string, settings?: Record<string, string>): string;
  stop(): Promise<void>;
}

export async function startTlsPostgres(directory: string, certificate: Certificate): Promise<TlsPostgres> {
  const data = createDataDirectory(join(directory, 'data'));
  const account = await postgresAccount(null);
  const found = await findPostgresPackage();
  const system = join(directory, 'system');
  mkdirSync(system);
  const binDirectory = join(await preparePostgresBinaries(found, account, system), 'bin');
  const cluster = await locateCluster(data, account, system);
  const password = await createCluster({ cluster, passwordFile: data.postgresPasswordFile, binDirectory, account });
  for (const [name, text] of [
    ['server.crt', certificate.cert],
    ['server.key', certificate.key],
    [
      'pg_hba.conf',
      // Whoever launches it looks whether it is there, without TLS, at a database that nobody uses.
      `host postgres ${databaseUser} 127.0.0.1/32 scram-sha-256\nhostssl all ${databaseUser} 127.0.0.1/32 scram-sha-256\n`,
    ],
  ] as const) {
    writeFileSync(join(cluster, name), text, { mode: 0o600 });
    if (account) chownSync(join(cluster, name), account.uid, account.gid);
  }
  await appendFile(join(cluster, 'postgresql.conf'), `\nssl = on\nssl_min_protocol_version = 'TLSv1.3'\n`);
  // None that the system gives to whoever connects in this moment.
  const port = await findFreePort([25_740]);
  const server = await launchPostgres(
    { binDirectory, cluster, account, password, port, logFile: data.postgresLog, onSpawned: () => undefined },
    new AbortController().signal,
  );
  return {
    url: (host, settings = {}) => {
      const url = new URL(databaseUrl({ port, password }));
      url.hostname = host;
      for (const [name, value] of Object.entries(settings)) url.searchParams.set(name, value);
      return url.toString();
    },
    stop: async () => {
      await server.end();
      await rm(cluster, { recursive: true, force: true });
    },
  };
}
