import type { Pool } from 'pg';
import type { RemoteSweepStore, TimedOutAttempt } from '../contracts/ports/remote-sweep-store';
import type { RunTaskInput } from '../contracts/protocol/activities';
import { milliseconds } from './milliseconds';
import { isRemote } from './remote-agent';
import { toFinished } from './remote-work-rows';
import type { FinishedRow } from './remote-work-rows';
import { sameAttempt } from './same-attempt';
import { acrossWorkspaces } from './scope';

export function createRemoteSweepStore(pool: Pool): RemoteSweepStore {
  const select = async <Row extends object>(name: string, text: string, values: unknown[]): Promise<Row[]> =>
    (await acrossWorkspaces(pool, 'remote agents').query<Row>({ name, text, values })).rows;
  return {
    timedOut: async (limit) => {
      const rows = await select<RunTaskInput & Omit<TimedOutAttempt, 'input'>>('remote-timeouts', timedOutText, [
        limit,
      ]);
      return rows.map(({ planName, begunAt, timeoutMs, ...input }) => ({ input, planName, begunAt, timeoutMs }));
    },
    takeUnclaimed: (limit) => select('take-unclaimed', takeUnclaimedText, [limit]),
    takeOver: async (limit) => {
      const rows = await select<RunTaskInput & FinishedRow>('take-over', takeOverText, [limit]);
      return rows.map((row) => {
        const { workspace, session, run, attempt, token } = row;
        return { workspace, session, run, attempt, token, ...toFinished(row) };
      });
    },
    unoffered: (agoMs, limit) => select('unoffered-attempts', unofferedText, [agoMs, limit]),
  };
}

// What is due first, and its leases by their keys: `coalesce` keeps PostgreSQL from reading all leases that are open for each.
const timedOutText = `
  WITH due AS MATERIALIZED (
    SELECT * FROM remote_work WHERE claimed_at IS NOT NULL AND times_out_at < now() ORDER BY times_out_at LIMIT $1
  )
  SELECT work.workspace, work.session, work.run, work.attempt, work.token, plan_name AS "planName",
         ${milliseconds('lease.begun_at')} AS "begunAt", work.timeout_ms AS "timeoutMs"
  FROM due AS work
  JOIN leases AS lease ON ${sameAttempt('work', 'lease')} AND lease.token = work.token
  JOIN sessions ON sessions.workspace = work.workspace AND sessions.id = work.session
  WHERE coalesce(lease.released_at, 'infinity') = 'infinity' AND lease.begun_at IS NOT NULL`;

// Who claims in this moment has the entry locked, and keeps it.
const takeUnclaimedText = `
  WITH unclaimed AS (
    SELECT work.workspace, work.session, work.run, work.attempt FROM remote_work AS work
    LEFT JOIN agent_presence AS presence ON presence.workspace = work.agent_workspace AND presence.agent = work.agent
    WHERE claimed_at IS NULL AND (grant_until < now() OR presence.is_online IS NOT TRUE)
    ORDER BY work.workspace, work.session, work.run, work.attempt LIMIT $1 FOR UPDATE OF work SKIP LOCKED
  )
  DELETE FROM remote_work AS work USING unclaimed WHERE ${sameAttempt('unclaimed', 'work')} AND work.claimed_at IS NULL
  RETURNING work.workspace, work.session, work.run, work.attempt, work.token, task_token AS "taskToken"`;

const takeOverText = `
  WITH ended AS (
    SELECT work.workspace, work.session, work.run, work.attempt
    FROM remote_work AS work JOIN leases AS lease ON ${sameAttempt('work', 'lease')}
    WHERE lease.released_at < now() - interval '5 seconds'
    ORDER BY work.workspace, work.session, work.run, work.attempt LIMIT $1 FOR UPDATE OF work SKIP LOCKED
  ), gone AS (
    DELETE FROM remote_work AS work USING ended WHERE ${sameAttempt('ended', 'work')}
    RETURNING work.workspace, work.session, work.run, work.attempt, work.token, task_token
  )
  SELECT gone.*, outcomes.verdict, outcomes.lost, outcomes.retryable, outcomes.retry_after_ms
  FROM gone LEFT JOIN outcomes ON ${sameAttempt('gone', 'outcomes')}`;

// In no order: attempts that wait long for a worker must not keep the others from being looked at.
const unofferedText = `
  SELECT lease.workspace, session, run, attempt, token, expires_at < now() - interval '2 seconds' AS "isOver"
  FROM leases AS lease JOIN agents ON agents.workspace = lease.agent_workspace AND agents.name = lease.agent
  WHERE released_at IS NULL AND agent_workspace IS NOT NULL AND begun_at IS NULL
    AND lease.created_at < now() - $1 * interval '1 millisecond' AND ${isRemote}
    AND NOT EXISTS (SELECT FROM waiting_line AS line WHERE line.workspace = lease.workspace AND line.session = lease.session
                    AND line.run = lease.run AND line.token = lease.token)
    AND NOT EXISTS (SELECT FROM remote_work AS work WHERE ${sameAttempt('lease', 'work')})
  ORDER BY random() LIMIT $2`;
