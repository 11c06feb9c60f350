import type { Pool } from 'pg';
import type { BackstopStore, ExpiredLease, UnacceptedOutcome } from '../contracts/ports/backstop-store';
import { databaseText } from './database-text';
import { lockLine } from './line-writing';
import { acrossWorkspaces, inWorkspace } from './scope';
import { isSilent } from './silent-lease';
import { inTransaction } from './transaction';

export function createBackstopStore(pool: Pool): BackstopStore {
  const select = async <Row extends object>(text: string, values: unknown[]): Promise<Row[]> =>
    (await acrossWorkspaces(pool, 'backstop').query<Row>(text, values)).rows;
  return {
    unacceptedOutcomes: (olderThanMs, limit) =>
      select<UnacceptedOutcome>(
        `SELECT workspace, session, run, attempt, verdict, lost, retryable, retry_after_ms AS "retryAfterMs" FROM outcomes
         WHERE accepted_turn IS NULL AND NOT undeliverable AND settled_at < now() - $1 * interval '1 millisecond'
         ORDER BY settled_at LIMIT $2`,
        [olderThanMs, limit],
      ),

    outcomeOf: async (workspace, session, run, attempt) => {
      const { rows } = await inWorkspace(pool, workspace).query<UnacceptedOutcome>(
        `SELECT workspace, session, run, attempt, verdict, lost, retryable, retry_after_ms AS "retryAfterMs" FROM outcomes
         WHERE workspace = $1 AND session = $2 AND run = $3 AND attempt = $4`,
        [workspace, session, run, attempt],
      );
      return rows[0];
    },

    expiredLeases: (limit) =>
      select<ExpiredLease>(
        `(SELECT leases.workspace, session, run, attempt
          FROM leases JOIN sessions ON sessions.workspace = leases.workspace AND sessions.id = leases.session
          WHERE ${isSilent('now()')}
          ORDER BY expires_at LIMIT $1)
         UNION ALL
         (SELECT leases.workspace, session, run, attempt
          FROM hosts JOIN leases ON agent_workspace = hosts.workspace AND host_of(agent) = hosts.name
          WHERE NOT is_online AND released_at IS NULL AND begun_at IS NULL AND host_of(agent) IS NOT NULL
            AND NOT EXISTS (SELECT FROM waiting_line AS line WHERE line.workspace = leases.workspace AND line.session = leases.session
                            AND line.run = leases.run AND line.token = leases.token)
          LIMIT $1)`,
        [limit],
      ),

    quietSessions: (olderThanMs, limit) =>
      select(
        `SELECT workspace, id AS session FROM sessions
         WHERE ended_at IS NULL AND coalesce(turn_at, created_at) < now() - $1 * interval '1 millisecond'
         -- In no order: sessions that are paused for weeks must not keep the others from being looked at.
         ORDER BY random() LIMIT $2`,
        [olderThanMs, limit],
      ),

    orphans: (limit) =>
      select(
        `SELECT child.workspace, child.id AS session
         FROM sessions AS child JOIN sessions AS parent ON parent.workspace = child.workspace AND parent.id = child.parent_session
         WHERE child.ended_at IS NULL AND parent.ended_at IS NOT NULL ORDER BY random() LIMIT $1`,
        [limit],
      ),

    markUndeliverable: async (workspace, session) => {
      await inWorkspace(pool, workspace).query(
        `WITH silent AS (
           UPDATE leases SET released_at = now() FROM sessions
           WHERE leases.workspace = $1 AND leases.session = $2 AND sessions.workspace = $1 AND sessions.id = $2 AND ${isSilent('now()')}
         )
         UPDATE outcomes SET undeliverable = true WHERE workspace = $1 AND session = $2 AND accepted_turn IS NULL`,
        [workspace, session],
      );
    },

    deletePastWindows: async () => {
      // A turn that was slow may still count in a window that has just ended.
      await acrossWorkspaces(pool, 'backstop').query(
        `WITH past AS (
           SELECT workspace, account, unit FROM budget_accounts
           WHERE account ~ '^(workspace|agent/[^/]+/[^/]+)/rate/'
             AND substring(account FROM '[^/]+$') < to_char(now() AT TIME ZONE 'UTC' - interval '1 hour', 'YYYY-MM-DD"T"HH24:MI:SS')
           LIMIT 10000 FOR UPDATE SKIP LOCKED
         )
         DELETE FROM budget_accounts AS own USING past
         WHERE own.workspace = past.workspace AND own.account = past.account AND own.unit = past.unit`,
      );
    },

    abandonSession: (workspace, session, error) =>
      inTransaction(inWorkspace(pool, workspace), () =>
        Promise.resolve({
          result: undefined,
          // What a turn that is under way, and whoever gives out room, take for the session in this moment has to be seen by what gives it back.
          writes: [
            {
              text: 'SELECT FROM sessions WHERE workspace = $1 AND id = $2 FOR UPDATE',
              values: [workspace, session],
            },
            lockLine({ workspace, id: session }),
            {
              text: abandonText,
              values: [workspace, session, databaseText(error), JSON.stringify([workspace, session])],
            },
          ],
        }),
      ),
  };
}

// It has no workflow run from now on: a turn that one of it still takes, because its worker was slow, is refused as one of a run that was replaced.
const abandonText = `
  WITH closed AS (
    UPDATE sessions SET status = 'failed', ended_at = now(), error = $3, run_id = NULL,
      progress = progress || '{"status": "failed", "running": 0}'
    WHERE workspace = $1 AND id = $2 AND ended_at IS NULL
    RETURNING plan_name, parent_session, parent_run, parent_attempt, parent_token
  ), unfinished AS (
    UPDATE task_runs SET status = 'cancelled', reason = 'session-failed', ended_at = now() FROM closed
    WHERE workspace = $1 AND session = $2 AND status IN ('pending', 'queued', 'running', 'waiting')
  ), cancelled AS (
    UPDATE leases SET cancelled_at = coalesce(cancelled_at, now()), released_at = CASE WHEN holder IS NULL THEN now() END
    FROM closed WHERE workspace = $1 AND session = $2 AND released_at IS NULL
  ), line AS (
    DELETE FROM waiting_line USING closed WHERE workspace = $1 AND session = $2
  ), budgets AS (
    DELETE FROM budget_waits USING closed WHERE workspace = $1 AND session = $2
  ), questions AS (
    UPDATE approvals SET status = 'withdrawn' FROM closed WHERE workspace = $1 AND session = $2 AND status = 'open'
  ), waits AS (
    DELETE FROM resource_waits USING closed WHERE workspace = $1 AND session = $2
  ), unheard AS (
    UPDATE outcomes SET undeliverable = true FROM closed
    WHERE workspace = $1 AND session = $2 AND accepted_turn IS NULL
  ), parents AS (
    UPDATE leases SET released_at = now() FROM closed
    WHERE workspace = $1 AND session = parent_session AND run = parent_run AND attempt = parent_attempt
      AND token = parent_token AND released_at IS NULL
    RETURNING session, run, attempt, token, begun_at
  ), told AS (
    INSERT INTO outcomes (workspace, session, run, attempt, plan_name, task, agent, token, verdict, retryable,
                          started_at, ended_at, error, evidence)
    SELECT $1, session, run, attempt, (SELECT plan_name FROM sessions AS p WHERE p.workspace = $1 AND p.id = parents.session),
           split_part(run, '[', 1), 'session', token, 'failed', true, begun_at, now(), $3, '[]'
    FROM parents ON CONFLICT DO NOTHING
  )
  SELECT pg_notify('orchestra_cancelled', $4) FROM closed`;
