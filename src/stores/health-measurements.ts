import type { Pool } from 'pg';
import type { DatabaseMeasurement, WorkMeasurement } from '../domain/health/measurements';
import { createBudgetStore } from './budgets';
import { inWorkspace } from './scope';
import { countUnavailable } from './unavailable-agents';

/** The latency is that of a statement that looks at nothing, without the time that it took to get a connection. */
export async function measureDatabase(pool: Pool): Promise<DatabaseMeasurement> {
  const client = await pool.connect();
  try {
    const asked = performance.now();
    await client.query('SELECT');
    const latencyMs = performance.now() - asked;
    const { rows } = await client.query<Omit<DatabaseMeasurement, 'latencyMs'>>(
      // Of all databases. Who else is connected, and as whom, is nobody's business: pg_stat_activity tells a role of its own only.
      `SELECT (SELECT sum(numbackends)::int FROM pg_stat_database) AS connections,
              current_setting('max_connections')::int AS "maxConnections", pg_database_size(current_database()) AS "sizeBytes"`,
    );
    const [row] = rows;
    if (!row) throw new Error('it did not say how many connections it has');
    return { latencyMs, ...row };
  } finally {
    client.release();
  }
}

type Counts = Omit<WorkMeasurement, 'budgets' | 'unusualAgents'>;

export async function measureWork(pool: Pool, workspace: string): Promise<WorkMeasurement> {
  const [{ rows }, budgets, { rows: unusualAgents }] = await Promise.all([
    inWorkspace(pool, workspace).query<Counts>(countsText, [workspace]),
    createBudgetStore(pool).ofWorkspace(workspace),
    inWorkspace(pool, workspace).query<WorkMeasurement['unusualAgents'][number]>(unusualText, [workspace]),
  ]);
  const [counts] = rows;
  if (!counts) throw new Error('there are no counts');
  return { ...counts, budgets, unusualAgents };
}

/** An expired lease is released by the turn that hears of it, within seconds; one of a session that has ended, by the backstop. */
const leakedAfter = `interval '5 minutes'`;

/** Sessions whose accounts are compared: those that are open, and the latest thousand. */
const countsText = `
  WITH open AS (
    SELECT id, progress FROM sessions WHERE ended_at IS NULL AND workspace = $1
  ), looked_at AS (
    SELECT 'session/' || id AS account FROM open
    UNION SELECT 'session/' || id FROM (SELECT id FROM sessions WHERE workspace = $1 ORDER BY created_at DESC LIMIT 1000) AS latest
    UNION SELECT account FROM budget_accounts WHERE workspace = $1 AND account >= 'workspace/' AND account < 'workspace/rate'
  ), held AS (
    SELECT account, unit, sum(amount) AS amount
    FROM leases CROSS JOIN LATERAL unnest(accounts) AS account
    CROSS JOIN LATERAL (VALUES ('costMicros', reserved_micros), ('tokens', reserved_tokens), ('attempts', 1), ('timeMs', reserved_ms))
      AS by_unit (unit, amount)
    WHERE workspace = $1 AND released_at IS NULL AND accounts IS NOT NULL GROUP BY account, unit
  )
  SELECT (SELECT count(*) FROM open) AS "openSessions",
         (SELECT coalesce(sum((progress ->> 'running')::int), 0) FROM open) AS running,
         (SELECT count(*) FROM waiting_line WHERE workspace = $1 AND token IS NULL) AS waiting,
         (SELECT count(*) FROM leases WHERE workspace = $1 AND released_at IS NULL AND (
            begun_at IS NOT NULL AND expires_at < now() - ${leakedAfter}
            OR begun_at IS NULL AND agent_workspace IS NOT NULL AND expires_at < now() - ${leakedAfter})) AS "leakedLeases",
         (SELECT count(*) FROM looked_at JOIN budget_accounts AS own ON own.workspace = $1 AND own.account = looked_at.account
          LEFT JOIN held ON held.account = own.account AND held.unit = own.unit
          WHERE own.reserved > coalesce(held.amount, 0)) AS "leakedReservations",
         (SELECT count(*) FROM outcomes WHERE workspace = $1 AND accepted_turn IS NULL AND NOT undeliverable
            AND settled_at < now() - interval '1 minute') AS "untakenOutcomes",
         (SELECT extract(epoch FROM now() - settled_at)::float8 * 1000
          FROM outcomes_to_learn JOIN outcomes USING (workspace, session, run, attempt)
          WHERE workspace = $1 ORDER BY id LIMIT 1) AS "oldestUnlearnedMs",
         (${countUnavailable}) AS "unavailableAgents"`;

const unusualText = `
  SELECT agent, array(SELECT value ->> 'why' FROM jsonb_each(unusual) ORDER BY value -> 'since') AS whys
  FROM agent_behaviours JOIN agent_breakers USING (workspace, agent)
  WHERE workspace = $1 AND unusual <> '{}' AND spoke_at > now() - interval '1 day' ORDER BY agent LIMIT 20`;
