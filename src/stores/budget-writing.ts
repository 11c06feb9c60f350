import type { QueryConfig } from 'pg';
import type { BudgetWait, SessionRecord } from '../contracts/ports/turn-store';
import { databaseJson } from './database-text';

/** Runs that wait for room in their budgets, or for their workspace. */
export function joinBudgetWaits({ workspace, id }: SessionRecord, waits: readonly BudgetWait[]): QueryConfig {
  return {
    name: 'join-budget-waits',
    text: joinText,
    values: [workspace, id, databaseJson(waits.map(toRow))],
  };
}

function toRow({ ask, wants, ...wait }: BudgetWait): object {
  return { ...wait, wants, accounts: [...new Set(wants.map(({ account }) => account))], approval: ask?.id ?? null };
}

// Whoever wakes those who wait has to look up when their window opens.
const joinText = `
  WITH waits AS (
    SELECT * FROM jsonb_to_recordset($3) AS x (run text, wants jsonb, accounts text[], since float8, approval text, priority int,
      reason text, "waitsFor" text)
  ), joined AS (
    INSERT INTO budget_waits (workspace, session, run, wants, accounts, approval, since, priority, waits_for)
    SELECT $1, $2, run, wants, accounts, approval, to_timestamp(since / 1000), priority, "waitsFor" FROM waits
    ON CONFLICT (workspace, session, run) DO UPDATE SET wants = excluded.wants, accounts = excluded.accounts,
      approval = excluded.approval, since = excluded.since, priority = excluded.priority,
      waits_for = excluded.waits_for, woken_at = NULL
  )
  SELECT pg_notify('orchestra_budget', '') FROM waits WHERE reason = 'rate' LIMIT 1`;
