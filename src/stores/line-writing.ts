import type { QueryConfig } from 'pg';
import type { SessionRecord, TurnWrites } from '../contracts/ports/turn-store';
import { joinBudgetWaits, leaveBudgetWaits } from './budget-writing';
import { databaseJson } from './database-text';

/** What a turn changes in the line for agents of the registry and in that for budgets, and why it assigned as it did; nothing for most turns. */
export function lineWrites(session: SessionRecord, { line, assignments }: TurnWrites): QueryConfig[] {
  const { workspace, id } = session;
  const { joins, budgetWaits, leaves, startedTokens } = line;
  return [
    // A run can leave and join again in one turn.
    ...(leaves.length > 0
      ? [
          { name: 'leave-line', text: leaveLine, values: [workspace, id, leaves, startedTokens] },
          leaveBudgetWaits(session, leaves),
        ]
      : []),
    ...(joins.length > 0 ? [{ name: 'join-line', text: joinLine, values: [workspace, id, databaseJson(joins)] }] : []),
    ...(budgetWaits.length > 0 ? [joinBudgetWaits(session, budgetWaits)] : []),
    ...(assignments.length > 0
      ? [{ name: 'write-assignments', text: writeAssignments, values: [workspace, id, databaseJson(assignments)] }]
      : []),
  ];
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

// Kept as text: they are large, read seldom, and never searched.
const writeAssignments = `
  INSERT INTO assignments (workspace, session, run, attempt, assignment)
  SELECT $1, $2, x.run, x.attempt, x.assignment FROM json_to_recordset($3) AS x (run text, attempt int, assignment json)
  ON CONFLICT (workspace, session, run, attempt) DO UPDATE SET assignment = excluded.assignment, at = now()`;
