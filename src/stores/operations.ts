import type { Pool } from 'pg';
import type { BudgetUse, Operations, OperationsReader } from '../contracts/ports/operations-reader';
import { currentAccount } from './budgets';
import { acrossWorkspaces } from './scope';

/** Of workspaces there may be many; each has time series of its own. */
const mostBudgets = 100;

/** Of all workspaces: for those who operate the installation, and never for a workspace. */
export function createOperationsReader(pool: Pool): OperationsReader {
  const all = acrossWorkspaces(pool, 'operations');
  return {
    read: async () => {
      const [{ rows }, { rows: waiting }, { rows: budgets }] = await Promise.all([
        all.query<Omit<Operations, 'waiting' | 'budgets'>>(countsText),
        all.query<Operations['waiting'][number]>(waitingText),
        all.query<BudgetUse>(budgetsText, [mostBudgets]),
      ]);
      const [counts] = rows;
      if (!counts) throw new Error('there are no counts');
      return { ...counts, waiting, budgets };
    },
  };
}

const countsText = `
  SELECT (SELECT count(*) FROM sessions WHERE ended_at IS NULL) AS "openSessions",
         (SELECT count(*) FROM leases WHERE released_at IS NULL) AS "openAttempts",
         (SELECT count(*) FROM outcomes_to_learn) AS "unlearnedOutcomes"`;

const waitingText = `
  SELECT reason, count(since)::int AS runs, coalesce(extract(epoch FROM now() - min(since)), 0)::float8 AS "oldestSeconds"
  FROM (VALUES ('agent'), ('budget'), ('resource')) AS kinds (reason)
  LEFT JOIN (
    SELECT 'agent' AS reason, since FROM waiting_line WHERE token IS NULL
    UNION ALL SELECT 'budget', since FROM budget_waits
    UNION ALL SELECT 'resource', since FROM resource_waits
  ) AS waits USING (reason)
  GROUP BY reason ORDER BY reason`;

const budgetsText = `
  SELECT whole.workspace, whole.period, whole.unit, whole.amount_limit AS "limit",
         (coalesce(reserved, 0) + coalesce(kept, 0) + coalesce(spent, 0))::bigint AS used
  FROM workspace_budgets AS whole
  CROSS JOIN LATERAL (SELECT ${currentAccount('whole.period')}) AS current (account)
  LEFT JOIN budget_accounts AS own USING (workspace, account, unit)
  ORDER BY (coalesce(reserved, 0) + coalesce(kept, 0) + coalesce(spent, 0)) / greatest(whole.amount_limit, 1)::float8 DESC,
           whole.workspace, whole.period, whole.unit
  LIMIT $1`;
