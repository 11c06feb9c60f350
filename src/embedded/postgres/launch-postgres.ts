import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { Client } from 'pg';
import { listensOn } from '../../processes/listens-on';
import { startServerProcess, waitUntilReady, type ServerProcess } from '../server-process';
import { databaseUser } from './create-cluster';
import type { PostgresAccount } from './postgres-account';
import { removeStalePidFile } from './postmaster';

export interface PostgresLaunch {
  binDirectory: string;
  cluster: string;
  account: PostgresAccount | null;
  password: string;
  port: number;
  logFile: string;
  /** Told at once, before the server answers, so that a record of it exists from then on. */
  onSpawned(server: ServerProcess): void;
}

const databaseName = 'orchestra';

/** SIGINT is PostgreSQL's fast shutdown: it disconnects its clients and writes a checkpoint. */
export const postgresEndPolicy = { signal: 'SIGINT', graceMs: 20_000 } as const;

const sharedMemoryTimeoutMs = 15_000;

/** Starts PostgreSQL and settles once the database `orchestra` can be used; ends it again where that fails. */
export async function launchPostgres(launch: PostgresLaunch, signal: AbortSignal): Promise<ServerProcess> {
  const deadline = performance.now() + sharedMemoryTimeoutMs;
  for (;;) {
    try {
      return await launchOnce(launch, signal);
    } catch (error) {
      // Connections of a server that was killed notice it, and let go of its memory, a moment after it is gone.
      const isHeld = error instanceof Error && error.message.includes('pre-existing shared memory block');
      if (!isHeld || performance.now() > deadline) throw error;
      await wait(100, undefined, { signal });
    }
  }
}

async function launchOnce(launch: PostgresLaunch, signal: AbortSignal): Promise<ServerProcess> {
  removeStalePidFile(launch.cluster);
  const server = await startServerProcess({
    name: 'PostgreSQL',
    file: path.join(launch.binDirectory, 'postgres'),
    args: postgresArguments(launch),
    environment: { LC_ALL: 'C' },
    user: launch.account,
    logFile: launch.logFile,
    endPolicy: postgresEndPolicy,
  });
  launch.onSpawned(server);
  await waitUntilReady('PostgreSQL', server, {
    // Some other program may have taken the port in the meantime: only our own process counts.
    check: async () => listensOn(server.pid, launch.port) && (await ensureDatabase(launch)),
    timeoutMs: 120_000,
    signal,
  });
  return server;
}

/** Where the database `orchestra` is reached, password included. */
export function databaseUrl(
  { port, password }: Pick<PostgresLaunch, 'port' | 'password'>,
  name = databaseName,
): string {
  return `postgresql://${databaseUser}:${password}@127.0.0.1:${port}/${name}`;
}

function postgresArguments({ cluster, port }: PostgresLaunch): string[] {
  const settings = [
    'listen_addresses=127.0.0.1',
    'unix_socket_directories=',
    'max_connections=200',
    'fsync=on',
    'timezone=UTC',
    'log_timezone=UTC',
    'logging_collector=off',
    // Until it is analysed, PostgreSQL takes a table for nearly empty: the first large session would be over before its usual minute is.
    'autovacuum_naptime=10s',
  ];
  return ['-D', cluster, '-p', String(port), ...settings.flatMap((setting) => ['-c', setting])];
}

async function ensureDatabase(launch: PostgresLaunch): Promise<boolean> {
  const client = new Client({ connectionString: databaseUrl(launch, 'postgres'), connectionTimeoutMillis: 5_000 });
  // A connection that breaks while it is idle tells so by an event, which would end the process if nobody listened.
  client.on('error', () => undefined);
  try {
    await client.connect();
    const { rowCount } = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [databaseName]);
    if (rowCount === 0) await client.query(`CREATE DATABASE ${databaseName}`);
    return true;
  } finally {
    await client.end().catch(() => undefined);
  }
}
