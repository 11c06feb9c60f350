import type { QueryConfig } from 'pg';
import type { ConflictWait, SessionRecord, TurnWrites } from '../contracts/ports/turn-store';
import { joinBudgetWaits } from './budget-writing';
import { databaseJson } from './database-text';
import { askQuestions, leaveWaits } from './question-writing';

/** What a turn changes in the lines for agents of the registry, budgets and resources; nothing for most turns. */
export function lineWrites(session: SessionRecord, { line }: TurnWrites): QueryConfig[] {
  const { workspace, id } = session;
  const { joins, budgetWaits, conflicts, leaves, startedTokens } = line;
  const questions = [...budgetWaits, ...conflicts].flatMap(({ ask }) => ask ?? []);
  return [
    // A run can leave and join again in one turn.
    ...(leaves.length > 0
      ? [
          lockLine(session, leaves),
          { name: 'leave-line', text: leaveLine, values: [workspace, id, leaves, startedTokens] },
          leaveWaits(session, leaves),
        ]
      : []),
    ...(joins.length > 0 ? [{ name: 'join-line', text: joinLine, values: [workspace, id, databaseJson(joins)] }] : []),
    ...(questions.length > 0 ? [askQuestions(session, questions)] : []),
    ...(budgetWaits.length > 0 ? [joinBudgetWaits(session, budgetWaits)] : []),
    ...(conflicts.length > 0
      ? [
          {
            name: 'wait-for-resources',
            text: waitForResources,
            values: [workspace, id, databaseJson(conflicts.map(toConflictRow))],
          },
        ]
      : []),
  ];
}

/**
 * Waits for whoever gives out room to runs of the session; all of them where none are named. What was given in that moment has a lease that only
 * the next statement sees: to leave the line without this would leave the lease behind, and the room with it.
 */
export function lockLine(
  { workspace, id }: Pick<SessionRecord, 'workspace' | 'id'>,
  runs?: readonly string[],
): QueryConfig {
  return {
    name: runs ? 'lock-line-of-runs' : 'lock-line',
    text: `SELECT FROM waiting_line WHERE workspace = $1 AND session = $2 ${runs ? 'AND run = ANY ($3)' : ''} ORDER BY run FOR UPDATE`,
    values: [workspace, id, ...(runs ? [runs] : [])],
  };
}

function toConflictRow({ ask, ...wait }: ConflictWait): object {
  return { ...wait, approval: ask?.id ?? null };
}

const leaveLine = `
  WITH gone AS (
    DELETE FROM waiting_line WHERE workspace = $1 AND session = $2 AND run = ANY ($3) RETURNING run, attempt, token
  )
  UPDATE leases SET released_at = now() FROM gone
  WHERE leases.workspace = $1 AND leases.session = $2 AND leases.run = gone.run AND leases.attempt = gone.attempt
    AND leases.token = gone.token AND NOT leases.token = ANY ($4) AND leases.begun_at IS NULL AND leases.released_at IS NULL`;

// Room may have been made since it was looked for: whoever gives it out looks again when this is committed.
const joinLine = `
  WITH joined AS (
    INSERT INTO waiting_line (workspace, session, run, attempt, requirement_key, requirement, priority, remaining_ms, since, waits_for,
                              reservation)
    SELECT $1, $2, x.run, x.attempt, x."requirementKey", x.requirement, x.priority, x."remainingMs",
           to_timestamp(x.since / 1000), x."waitsFor", x.reservation
    FROM jsonb_to_recordset($3) AS x (run text, attempt int, "requirementKey" text, requirement jsonb, priority int,
           "remainingMs" float8, since float8, "waitsFor" text, reservation jsonb)
    RETURNING run
  )
  SELECT pg_notify('orchestra_line', '') FROM joined LIMIT 1`;

const waitForResources = `
  INSERT INTO resource_waits (workspace, session, run, resources, priority, since, works_for, approval)
  SELECT $1, $2, x.run, x.resources, x.priority, to_timestamp(x.since / 1000), x."worksFor", x.approval
  FROM jsonb_to_recordset($3) AS x (run text, resources jsonb, priority int, since float8, "worksFor" jsonb, approval text)`;
