import type { QueryConfig } from 'pg';
import type { BudgetWait, SessionRecord } from '../contracts/ports/turn-store';
import { databaseJson } from './database-text';

/** Runs that leave the wait; a question about one that nobody has answered is withdrawn. */
export function leaveBudgetWaits({ workspace, id }: SessionRecord, runs: readonly string[]): QueryConfig {
  return {
    name: 'leave-budget-waits',
    text: `WITH gone AS (
             DELETE FROM budget_waits WHERE workspace = $1 AND session = $2 AND run = ANY ($3) RETURNING approval
           )
           UPDATE approvals SET status = 'withdrawn' FROM gone
           WHERE approvals.workspace = $1 AND approvals.id = gone.approval AND status = 'open'`,
    values: [workspace, id, runs],
  };
}

/** Runs that wait for room in their budgets, with the questions that are asked about them. */
export function joinBudgetWaits({ workspace, id }: SessionRecord, waits: readonly BudgetWait[]): QueryConfig {
  return {
    name: 'join-budget-waits',
    text: joinText,
    values: [workspace, id, databaseJson(waits.map(toRow))],
  };
}

function toRow({ ask, wants, ...wait }: BudgetWait): object {
  const row = { ...wait, wants, accounts: [...new Set(wants.map(({ account }) => account))] };
  if (!ask) return row;
  const { id, hash, ...question } = ask;
  return { ...row, approval: id, hash, question };
}

// The same question can be asked again, after a pause. Whoever wakes those who wait has to look up when their window opens.
const joinText = `
  WITH waits AS (
    SELECT * FROM jsonb_to_recordset($3) AS x (run text, attempt int, wants jsonb, accounts text[], since float8,
      approval text, hash text, question jsonb, priority int, reason text, "waitsFor" text)
  ), asked AS (
    INSERT INTO approvals AS known (workspace, id, session, run, attempt, kind, question, question_hash, status)
    SELECT $1, approval, $2, run, attempt, 'budget', question, hash, 'open' FROM waits WHERE approval IS NOT NULL
    ON CONFLICT (workspace, session, run, attempt, question_hash)
      DO UPDATE SET status = CASE known.status WHEN 'withdrawn' THEN 'open' ELSE known.status END
  ), joined AS (
    INSERT INTO budget_waits (workspace, session, run, wants, accounts, approval, since, priority, waits_for)
    SELECT $1, $2, run, wants, accounts, approval, to_timestamp(since / 1000), priority, "waitsFor" FROM waits
    ON CONFLICT (workspace, session, run) DO UPDATE SET wants = excluded.wants, accounts = excluded.accounts,
      approval = excluded.approval, since = excluded.since, priority = excluded.priority,
      waits_for = excluded.waits_for, woken_at = NULL
  )
  SELECT pg_notify('orchestra_budget', '') FROM waits WHERE reason = 'rate' LIMIT 1`;
