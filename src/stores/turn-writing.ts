import type { QueryConfig } from 'pg';
import type { SessionRecord, TurnWrites } from '../contracts/ports/turn-store';
import type { TurnRequest } from '../contracts/protocol/activities';
import { writeAssignments } from './assignment-batches';
import { databaseJson, databaseText } from './database-text';
import { lineWrites } from './line-writing';
import { attemptKeyOf } from './plain-leases';
import { settlePlainLeases } from './plain-settlement';
import { writePlan } from './plan-writing';
import type { OpenedTurn } from './turn-opening';

/** The statements that write all that a turn came to: one, and more where it settles attempts, or the session ends or starts children. */
export function* turnWrites(
  opened: OpenedTurn,
  writes: TurnWrites,
  { retentionDays }: { retentionDays: number },
): Iterable<QueryConfig> {
  const { request, session, leases } = opened;
  const settlements = leases.settled;
  if (settlements.length > 0) {
    const settled = { workspace: session.workspace, session: session.id, turn: request.turn, settlements };
    yield settlePlainLeases({ ...settled, accepted: writes.acceptedOutcomes, retentionDays });
  }
  if (writes.children.length > 0) yield insertChildren(session, writes);
  yield writeTurn(opened, writes);
  if (writes.plan) yield writePlan(session, writes.plan);
  yield* lineWrites(session, writes);
  if (writes.end) yield* writeEnd(request, session, writes.end);
  const explained = writes.explained();
  if (explained.length > 0) yield writeAssignments(session.workspace, session.id, explained);
}

function writeTurn({ request, session, isKnownRun, leases }: OpenedTurn, writes: TurnWrites): QueryConfig {
  const settledHere = new Set(leases.settled.map(({ attempt }) => attemptKeyOf(attempt)));
  const accepted = writes.acceptedOutcomes.filter((one) => !settledHere.has(attemptKeyOf(one)));
  const parts = { isNewRun: !isKnownRun, accepts: accepted.length > 0 };
  return {
    name: `write-turn${parts.isNewRun ? '-of-new-run' : ''}${parts.accepts ? '-accepting' : ''}`,
    text: writeTurnText(parts),
    values: [
      session.workspace,
      session.id,
      request.turn,
      request.runId,
      databaseJson(writes.turn),
      databaseJson(writes.log),
      databaseJson(writes.runs),
      writes.status,
      JSON.stringify(writes.progress),
      writes.turn.now,
      writes.end !== undefined,
      writes.end?.outputsHash ?? null,
      errorText(writes.end),
      writes.log.length,
      ...(parts.accepts ? [accepted.map(({ run }) => run), accepted.map(attemptKeyOf)] : []),
    ],
  };
}

// What most turns do not do is left out: a part costs PostgreSQL as much where it has no rows. An attempt's error is shown with its run until the run succeeds.
// Outcomes are looked up by their keys, and none of an attempt that has just begun: a session may have thousands.
const writeTurnText = ({ isNewRun, accepts }: { isNewRun: boolean; accepts: boolean }): string => `
  WITH committed AS (
    INSERT INTO turns (workspace, session, turn, run_id, result) VALUES ($1, $2, $3, $4, $5)
  )${
    isNewRun
      ? `, known_run AS (
    INSERT INTO session_runs (workspace, session, run_id, first_turn) VALUES ($1, $2, $4, $3) ON CONFLICT DO NOTHING
  )`
      : ''
  }${
    accepts
      ? `, accepted AS (
    UPDATE outcomes SET accepted_turn = $3
    WHERE workspace = $1 AND session = $2 AND run = ANY ($15::text[]) AND run || '/' || attempt = ANY ($16::text[])
  )`
      : ''
  }, advanced AS (
    UPDATE sessions SET turn = $3, run_id = $4, turn_at = to_timestamp($10::float8 / 1000), status = $8, progress = $9,
      started_at = coalesce(started_at, to_timestamp($10::float8 / 1000)),
      ended_at = CASE WHEN $11 THEN to_timestamp($10::float8 / 1000) END, outputs_hash = $12, error = $13,
      next_seq = next_seq + $14
    WHERE workspace = $1 AND id = $2 RETURNING next_seq - $14 AS first_seq
  ), logged AS (
    INSERT INTO session_events (workspace, session, seq, turn, event_id, at, type, run, attempt, data)
    SELECT $1, $2, first_seq + nth - 1, $3, event_id, to_timestamp(at_ms / 1000), type, run, attempt, data
    FROM advanced, ROWS FROM (json_to_recordset($6::json) AS ("eventId" text, at float8, type text, run text, attempt int, data jsonb))
      WITH ORDINALITY AS log (event_id, at_ms, type, run, attempt, data, nth)
    ORDER BY nth
  )
  INSERT INTO task_runs (workspace, session, run, task, item, position, status, reason, agent, attempt, items, is_race,
                         queued_at, started_at, ended_at, error)
  SELECT $1, $2, x.run, x.task, x.item, x.position, x.status, x.reason, x.agent, x.attempt, x.items, x."isRace",
         to_timestamp(x."queuedAt" / 1000), to_timestamp(x."startedAt" / 1000), to_timestamp(x."endedAt" / 1000),
         CASE WHEN x.status = 'running' THEN x.error
              WHEN x.status IN ('waiting', 'failed', 'queued') THEN coalesce(x.error, (
                SELECT settled.error FROM outcomes AS settled
                WHERE settled.workspace = $1 AND settled.session = $2 AND settled.run = x.run AND settled.attempt = x.attempt OFFSET 0
              )) END
  FROM json_to_recordset($7::json) AS x (run text, task text, item int, position int, status text, reason text, agent text,
         attempt int, items int, "isRace" boolean, "queuedAt" float8, "startedAt" float8, "endedAt" float8, error text)
  ON CONFLICT (workspace, session, run) DO UPDATE SET status = excluded.status, reason = excluded.reason, agent = excluded.agent,
    attempt = excluded.attempt, items = excluded.items, is_race = excluded.is_race, queued_at = excluded.queued_at, started_at = excluded.started_at,
    ended_at = excluded.ended_at, error = excluded.error`;

function insertChildren(session: SessionRecord, { children, turn }: TurnWrites): QueryConfig {
  return {
    name: 'insert-children',
    text: `INSERT INTO sessions (workspace, id, plan_name, plan_hash, inputs_hash, base_directory, mode, settings, status, progress,
                                 parent_session, parent_run, parent_attempt, parent_token, created_at, budgets)
           SELECT $1, x.id, x."planName", x."planHash", x."inputsHash", x."baseDirectory", $3, $4, 'running', '{}',
                  $2, x.run, x.attempt, x.token, to_timestamp($6::float8 / 1000), budgets
           FROM jsonb_to_recordset($5::jsonb) AS x (id text, "planName" text, "planHash" text, "inputsHash" text,
                  "baseDirectory" text, run text, attempt int, token bigint, budgets jsonb)
           ON CONFLICT DO NOTHING`,
    values: [
      session.workspace,
      session.id,
      session.mode,
      JSON.stringify(session.settings),
      JSON.stringify(children),
      turn.now,
    ],
  };
}

/** The snapshot to reopen the session from, and, for a child session, what its parent's attempt came to. */
function writeEnd(
  { turn, runId }: TurnRequest,
  { workspace, id, parent, planName }: SessionRecord,
  end: NonNullable<TurnWrites['end']>,
): QueryConfig[] {
  const snapshot = {
    name: 'write-end',
    text: `WITH unstarted AS (
       UPDATE leases SET released_at = now() WHERE workspace = $1 AND session = $2 AND released_at IS NULL AND holder IS NULL
     )
     INSERT INTO session_snapshots (workspace, session, turn, run_id, state) VALUES ($1, $2, $3, $4, $5)`,
    values: [workspace, id, turn, runId, JSON.stringify(end.state)],
  };
  if (!parent) return [snapshot];
  const outcomeForParent = {
    name: 'settle-parent',
    text: `WITH released AS (
       UPDATE leases SET released_at = now()
       WHERE workspace = $1 AND session = $2 AND run = $3 AND attempt = $4 AND token = $5 AND released_at IS NULL
       RETURNING begun_at
     )
     INSERT INTO outcomes (workspace, session, run, attempt, plan_name, task, agent, token, verdict, retryable,
                           started_at, ended_at, duration_ms, output_hash, error, evidence)
     SELECT $1, $2, $3, $4, (SELECT plan_name FROM sessions WHERE workspace = $1 AND id = $2), split_part($3, '[', 1), 'session', $5,
            $6, true, begun_at, now(), extract(epoch FROM now() - begun_at) * 1000, $7, $8,
            jsonb_build_array(jsonb_build_object('kind', 'child-session', 'says', $6::text, 'detail', $9::text))
     FROM released ON CONFLICT DO NOTHING`,
    values: [
      workspace,
      parent.session,
      parent.run,
      parent.attempt,
      parent.token,
      end.parentVerdict,
      end.outputsHash ?? null,
      errorText(end),
      `${planName} ${id}`,
    ],
  };
  return [snapshot, outcomeForParent];
}

function errorText(end: TurnWrites['end']): string | null {
  return end?.error === undefined ? null : databaseText(end.error);
}
