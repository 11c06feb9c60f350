import { DatabaseError, escapeLiteral } from 'pg';
import type { Pool, QueryConfig, QueryResult, QueryResultRow } from 'pg';
import type { Crossing } from './crossings';

/** What statements can be sent to: a scope, or the connection of a transaction. */
export interface Queryable {
  query<Row extends QueryResultRow>(statement: string | QueryConfig, values?: unknown[]): Promise<QueryResult<Row>>;
}

/** The rows that statements see and may write. */
export interface Scope extends Queryable {
  readonly pool: Pool;
  /** Begins a transaction in the scope. One message, for which nobody waits: it is sent with the first statement. */
  readonly opening: string;
}

/** The rows of one workspace. PostgreSQL hides all others, and refuses to write them (row security, 0030_walls.sql). */
export function inWorkspace(pool: Pool, workspace: string): Scope {
  return scope(
    pool,
    `BEGIN; SET LOCAL ROLE orchestra_app; SET LOCAL orchestra.workspace = ${escapeLiteral(workspace)}`,
  );
}

/** The rows of all workspaces, for work that goes through them on purpose: each kind of it is named, and in docs/workspaces.md. */
export function acrossWorkspaces(pool: Pool, _crossing: Crossing): Scope {
  return scope(pool, 'BEGIN; SET LOCAL ROLE orchestra_engine');
}

/**
 * For statements that look at many rows and join them to one another, which are no look-ups by keys (pool.ts): they may hash, and are planned for what
 * is asked.
 */
export function summing({ pool, opening }: Scope): Scope {
  return scope(pool, `${opening}; SET LOCAL enable_hashjoin = on; SET LOCAL plan_cache_mode = force_custom_plan`);
}

/** One statement at a time of a transaction in a workspace that looks at all of them; what comes after it is in the workspace again. */
export function lookingAcross(client: Queryable, _crossing: Crossing): Queryable {
  return {
    query: async (statement, values) => {
      const [, answer] = await Promise.all([
        client.query('SET LOCAL ROLE orchestra_engine'),
        client.query(statement as string, values),
        client.query('SET LOCAL ROLE orchestra_app'),
      ]);
      return answer as never;
    },
  };
}

function scope(pool: Pool, opening: string): Scope {
  return {
    pool,
    opening,
    query: (statement, values) => queryAlone(pool, opening, statement, values),
  };
}

/**
 * A statement by itself, in a transaction that ends with it: role and workspace end there too, so that a connection keeps nothing of them. All
 * three messages are sent at once, and cost one round trip.
 */
async function queryAlone<Row extends QueryResultRow>(
  pool: Pool,
  opening: string,
  statement: string | QueryConfig,
  values?: unknown[],
): Promise<QueryResult<Row>> {
  const client = await pool.connect();
  const [begun, answered, ended] = await Promise.allSettled([
    client.query(opening),
    values ? client.query<Row>(statement as string, values) : client.query<Row>(statement),
    client.query('COMMIT'),
  ]);
  const failure = [begun, answered, ended].find(({ status }) => status === 'rejected') as
    PromiseRejectedResult | undefined;
  client.release(failure && !isRefusal(failure.reason) ? (failure.reason as Error) : undefined);
  if (failure) throw failure.reason;
  return (answered as PromiseFulfilledResult<QueryResult<Row>>).value;
}

/** Of a statement: the COMMIT after it has rolled back, and the connection is as before. */
function isRefusal(error: unknown): boolean {
  return error instanceof DatabaseError && error.severity === 'ERROR';
}
