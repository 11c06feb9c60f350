import type { Pool } from 'pg';
import type { BudgetWaitStore, WaitingRun, WaitingWorkspace } from '../contracts/ports/budget-wait-store';
import type { Balance } from '../domain/budget/accounts';
import { accountAt } from '../domain/budget/rate-accounts';
import { placeInLine } from './line-place';
import { acrossWorkspaces } from './scope';

export function createBudgetWaitStore(pool: Pool): BudgetWaitStore {
  return {
    look: async (limit) => {
      const { rows } = await acrossWorkspaces(pool, 'budgets').query<
        WaitingRun & { workspace: string; now_ms: number }
      >({
        name: 'budget-waits',
        // Whoever waits in vain for his budget keeps nobody from being looked at who waits for another one, or has his answer.
        text: `SELECT id, workspace, session, run, wants, answer, (extract(epoch FROM clock_timestamp()) * 1000)::bigint AS now_ms
               FROM (
                 SELECT waits.*, approvals.status AS answer,
                        row_number() OVER (PARTITION BY waits.workspace, accounts ORDER BY ${placeInLine}, waits.id) AS nth
                 FROM budget_waits AS waits
                 LEFT JOIN approvals ON approvals.workspace = waits.workspace AND approvals.id = waits.approval
               ) AS placed
               WHERE nth <= $1 OR answer <> 'open'
               ORDER BY workspace, ${placeInLine}, id`,
        values: [limit],
      });
      const [first] = rows;
      if (!first) return { now: 0, workspaces: [] };
      const workspaces = new Map<string, WaitingWorkspace>();
      for (const { workspace, now_ms: _, ...waiter } of rows) {
        const known = workspaces.get(workspace) ?? { workspace, waiters: [], balances: [] };
        workspaces.set(workspace, known);
        known.waiters.push(waiter);
      }
      for (const { workspace, ...balance } of await balances(pool, [...workspaces.values()], first.now_ms)) {
        workspaces.get(workspace)?.balances.push(balance);
      }
      return { now: first.now_ms, workspaces: [...workspaces.values()] };
    },

    markWoken: async (ids, pauseMs) => {
      if (ids.length === 0) return [];
      const { rows } = await acrossWorkspaces(pool, 'budgets').query<{ id: number }>({
        name: 'mark-woken',
        text: `UPDATE budget_waits SET woken_at = now()
               WHERE (workspace, session, run) IN (
                 SELECT workspace, session, run FROM budget_waits
                 WHERE id = ANY ($1) AND (woken_at IS NULL OR woken_at < now() - $2 * interval '1 millisecond')
                 ORDER BY workspace, session, run FOR UPDATE SKIP LOCKED)
               RETURNING id`,
        values: [ids, pauseMs],
      });
      return rows.map(({ id }) => id);
    },
  };
}

async function balances(
  pool: Pool,
  workspaces: readonly WaitingWorkspace[],
  now: number,
): Promise<(Balance & { workspace: string })[]> {
  const wanted = new Map(
    workspaces.flatMap(({ workspace, waiters }) =>
      waiters.flatMap(({ wants }) =>
        wants.map(({ account: waitedFor, unit }) => {
          const account = accountAt(waitedFor, now);
          return [`${workspace} ${account} ${unit}`, { workspace, account, unit }] as const;
        }),
      ),
    ),
  );
  const { rows } = await acrossWorkspaces(pool, 'budgets').query<Balance & { workspace: string }>({
    name: 'balances-of-waits',
    text: `SELECT wanted.workspace, wanted.account, wanted.unit, coalesce(reserved, 0) AS reserved, coalesce(kept, 0) AS kept, coalesce(spent, 0) AS spent,
                  coalesce(own.amount_limit, whole.amount_limit) AS "limit"
           FROM jsonb_to_recordset($1) AS wanted (workspace text, account text COLLATE "C", unit text COLLATE "C")
           LEFT JOIN budget_accounts AS own USING (workspace, account, unit)
           LEFT JOIN workspace_limits AS whole ON whole.workspace = wanted.workspace AND whole.unit = wanted.unit
             AND starts_with(wanted.account || '/', 'workspace/' || whole.period || '/')
           WHERE coalesce(own.amount_limit, whole.amount_limit) IS NOT NULL`,
    values: [JSON.stringify([...wanted.values()])],
  });
  return rows;
}
