import { Pool, types } from 'pg';
import { probeSilenceMs } from '../domain/database-away';

const int8 = 20;
// Counts, tokens and sizes stay below 2^53.
types.setTypeParser(int8, Number);

/**
 * Every statement finds its rows by their keys, and is planned once a connection: a plan from the time when the tables were small, which
 * reads them whole, would be kept while they grow.
 */
const keyLookups =
  'SET enable_seqscan = off; SET enable_hashjoin = off; SET enable_mergejoin = off; SET enable_bitmapscan = off; SET plan_cache_mode = force_generic_plan';

/**
 * A connection pool; `maxConnections` bounds what one process takes of the server's connections, `keptConnections` stay open while nothing is asked of them, and keep
 * the plans of their statements; the others are closed after 10 s. Connections begin as orchestra_app in no workspace: a
 * statement that is sent outside of a scope (scope.ts) sees nothing. Who connects must be a member of orchestra_app and orchestra_engine.
 */
export function createPool(
  databaseUrl: string,
  options: {
    maxConnections?: number;
    keptConnections?: number;
    onError?: (error: Error) => void;
    /** Connections stay who connects, for whom there may be no walls. */
    asWhoConnects?: boolean;
  } = {},
): Pool {
  const pool = new Pool({
    connectionString: options.asWhoConnects === true ? databaseUrl : asApplication(databaseUrl),
    max: options.maxConnections ?? 20,
    min: options.keptConnections ?? 0,
    idleTimeoutMillis: 10_000,
    connectionTimeoutMillis: 5_000,
    keepAlive: true,
    keepAliveInitialDelayMillis: probeSilenceMs,
    application_name: 'agent-orchestra',
    // A statement does not wait for the answer to the one before: see transaction.ts.
    pipeline: true,
  });
  pool.on('connect', (client) => {
    // One that breaks while it changes hands has nobody who listens, and would end the process.
    client.on('error', () => undefined);
    void client.query(keyLookups).catch(() => undefined);
  });
  // An idle connection that breaks (the server restarted) must not end the process: the next query opens another.
  pool.on('error', (error) => options.onError?.(error));
  return pool;
}

/** With the role as a setting of the connection: where it cannot be had, there is no connection. */
function asApplication(databaseUrl: string): string {
  const url = new URL(databaseUrl);
  const given = url.searchParams.get('options');
  url.searchParams.set('options', [given, '-c role=orchestra_app'].filter(Boolean).join(' '));
  return url.toString();
}
