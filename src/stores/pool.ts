import { Pool, types } from 'pg';

const int8 = 20;
// Counts, tokens and sizes stay below 2^53.
types.setTypeParser(int8, Number);

/** A connection pool; `maxConnections` bounds what one process takes of the server's connections. */
export function createPool(
  databaseUrl: string,
  options: { maxConnections?: number; onError?: (error: Error) => void } = {},
): Pool {
  const pool = new Pool({
    connectionString: databaseUrl,
    max: options.maxConnections ?? 20,
    connectionTimeoutMillis: 5_000,
    application_name: 'agent-orchestra',
  });
  // An idle connection that breaks (the server restarted) must not end the process: the next query opens another.
  pool.on('error', (error) => options.onError?.(error));
  return pool;
}
