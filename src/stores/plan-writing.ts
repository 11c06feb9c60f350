import type { QueryConfig } from 'pg';
import type { SessionRecord, TurnWrites } from '../contracts/ports/turn-store';

/**
 * Puts another plan in the place of the session's: rows of tasks that it does not have go, the others are in its order. Where a reset has left an
 * edit, nobody is told what tasks came to that only the edited plan has, unless the session has them again.
 */
export function writePlan(session: SessionRecord, { hash, tasks }: NonNullable<TurnWrites['plan']>): QueryConfig {
  return {
    name: 'write-plan',
    text: `WITH planned AS (
             UPDATE sessions SET plan_hash = $3, first_plan_hash = coalesce(first_plan_hash, plan_hash) WHERE workspace = $1 AND id = $2
           ), gone AS (
             DELETE FROM task_runs WHERE workspace = $1 AND session = $2 AND task <> ALL ($4)
           ), untold AS (
             UPDATE outcomes SET undeliverable = task <> ALL ($4)
             WHERE workspace = $1 AND session = $2 AND accepted_turn IS NULL AND undeliverable <> (task <> ALL ($4))
           )
           UPDATE task_runs SET position = nth - 1 FROM unnest($4::text[]) WITH ORDINALITY AS planned_task (name, nth)
           WHERE workspace = $1 AND session = $2 AND task = planned_task.name AND position <> nth - 1`,
    values: [session.workspace, session.id, hash, tasks],
  };
}
