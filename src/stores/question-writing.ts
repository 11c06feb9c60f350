import type { QueryConfig } from 'pg';
import type { Asked, SessionRecord } from '../contracts/ports/turn-store';
import { databaseJson } from './database-text';

/** Questions of runs that wait for their answers. The same question can be asked again, after a pause or a reset of the workflow. */
export function askQuestions({ workspace, id }: SessionRecord, questions: readonly Asked[]): QueryConfig {
  return {
    name: 'ask-questions',
    text: `INSERT INTO approvals AS known (workspace, id, session, run, attempt, kind, question, question_hash, status)
           SELECT $1, id, $2, question ->> 'run', (question ->> 'attempt')::int, question ->> 'kind', question, hash, 'open'
           FROM jsonb_to_recordset($3) AS x (id text, hash text, question jsonb)
           ON CONFLICT (workspace, session, run, attempt, question_hash)
             DO UPDATE SET status = 'open', decided_at = NULL, decided_by = NULL, used_at = NULL
             WHERE known.status = 'withdrawn' OR known.used_at IS NOT NULL`,
    values: [workspace, id, databaseJson(questions.map(({ id, hash, ...question }) => ({ id, hash, question })))],
  };
}

/** Runs that leave the waits for budgets and for resources; a question about one that nobody has answered is withdrawn. */
export function leaveWaits({ workspace, id }: SessionRecord, runs: readonly string[]): QueryConfig {
  return {
    name: 'leave-waits',
    text: `WITH budgets AS (
             DELETE FROM budget_waits WHERE workspace = $1 AND session = $2 AND run = ANY ($3) RETURNING approval
           ), resources AS (
             DELETE FROM resource_waits WHERE workspace = $1 AND session = $2 AND run = ANY ($3) RETURNING approval
           )
           UPDATE approvals SET status = 'withdrawn' FROM (TABLE budgets UNION ALL TABLE resources) AS gone
           WHERE approvals.workspace = $1 AND approvals.id = gone.approval AND status = 'open'`,
    values: [workspace, id, runs],
  };
}
