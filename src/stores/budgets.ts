import type { Pool } from 'pg';
import type { BudgetStore, SessionUse } from '../contracts/ports/budget-store';
import type { Balance } from '../domain/budget/accounts';
import { inWorkspace } from './scope';

export function createBudgetStore(pool: Pool): BudgetStore {
  return {
    ofWorkspace: async (workspace) => {
      const { rows } = await inWorkspace(pool, workspace).query<Balance>(
        `SELECT account, whole.unit, whole.amount_limit AS "limit", coalesce(reserved, 0) AS reserved, coalesce(kept, 0) AS kept,
                coalesce(spent, 0) AS spent
         FROM workspace_budgets AS whole
         CROSS JOIN LATERAL (SELECT ${currentAccount('whole.period')}) AS current (account)
         LEFT JOIN budget_accounts AS own USING (workspace, account, unit)
         WHERE workspace = $1 ORDER BY whole.period, whole.unit`,
        [workspace],
      );
      return rows;
    },

    ofSession: async (workspace, session) => {
      const { rows } = await inWorkspace(pool, workspace).query<Balance>(
        // The accounts by their keys, one name or all that begin alike ('0' comes after '/'): a workspace has those of all its sessions. What row security
        // does not know to keep secrets, such as to put texts together, is done before.
        `WITH wanted AS MATERIALIZED (
           SELECT 'session/' || $2 AS first, 'session/' || $2 AS last
           UNION SELECT 'task/' || $2 || '/', 'task/' || $2 || '0'
           UNION SELECT above ->> 'account', above ->> 'account' FROM sessions CROSS JOIN LATERAL jsonb_array_elements(budgets) AS above
           WHERE sessions.workspace = $1 AND sessions.id = $2
         )
         SELECT account, unit, amount_limit AS "limit", reserved, kept, spent
         FROM wanted CROSS JOIN LATERAL (
           SELECT * FROM budget_accounts WHERE workspace = $1 AND account >= wanted.first AND account <= wanted.last OFFSET 0
         ) AS own
         ORDER BY account, unit`,
        [workspace, session],
      );
      return rows;
    },

    useOfSession: async (workspace, session) => {
      const { rows } = await inWorkspace(pool, workspace).query<SessionUse>(
        `SELECT coalesce(sum(spent_micros), 0)::bigint AS "costMicros", coalesce(sum(spent_tokens), 0)::bigint AS tokens,
                coalesce(sum(reserved_attempts + kept_attempts + spent_attempts), 0)::int AS attempts,
                (count(*) FILTER (WHERE entry = 'settled' AND spent_micros IS NULL) + coalesce(sum(kept_attempts), 0))::int AS unknown,
                (count(*) FILTER (WHERE entry = 'settled' AND spent_micros > -(reserved_micros + kept_micros)
                                  AND accounts <> '{}'))::int AS "overReservation"
         FROM ledger WHERE workspace = $1 AND session = $2 AND entry <> 'counted'`,
        [workspace, session],
      );
      return rows[0] ?? { costMicros: 0, tokens: 0, attempts: 0, unknown: 0, overReservation: 0 };
    },

    setLimits: async (workspace, period, limits) => {
      // Attempts that were reserved before do not count against the account: what they may use is kept for them.
      await inWorkspace(pool, workspace).query(
        `WITH wanted AS (
           SELECT * FROM jsonb_to_recordset($3) AS x (unit text, "limit" bigint)
         ), gone AS (
           DELETE FROM workspace_budgets WHERE workspace = $1 AND period = $2 AND unit NOT IN (SELECT unit FROM wanted)
         ), opened AS (
           INSERT INTO budget_accounts (workspace, account, unit, kept, spent)
           SELECT $1, ${currentAccount('$2')}, unit, used.kept, used.spent FROM wanted
           CROSS JOIN LATERAL (
             SELECT coalesce(sum(CASE unit WHEN 'costMicros' THEN coalesce(reserved_micros, 0) + coalesce(kept_micros, 0)
                                 WHEN 'tokens' THEN coalesce(reserved_tokens, 0) + coalesce(kept_tokens, 0)
                                 WHEN 'timeMs' THEN coalesce(reserved_ms, 0) + coalesce(kept_ms, 0)
                                 ELSE reserved_attempts + kept_attempts END), 0)::bigint AS kept,
                    coalesce(sum(CASE unit WHEN 'costMicros' THEN spent_micros WHEN 'tokens' THEN spent_tokens WHEN 'timeMs' THEN spent_ms
                                 ELSE spent_attempts END), 0)::bigint AS spent
             FROM ledger WHERE workspace = $1 AND entry <> 'counted' AND at >= date_trunc($2, now() AT TIME ZONE 'UTC') AT TIME ZONE 'UTC'
           ) AS used
           ON CONFLICT DO NOTHING
         ), known AS (
           INSERT INTO workspace_budgets (workspace, period, unit, amount_limit) SELECT $1, $2, unit, "limit" FROM wanted
           ON CONFLICT (workspace, period, unit) DO UPDATE SET amount_limit = excluded.amount_limit
         )
         SELECT pg_notify('orchestra_budget', '')`,
        [workspace, period, JSON.stringify(limits)],
      );
    },
  };
}

/** SQL of the name of the account that counts now; see accountNames in domain/budget/accounts.ts. */
export function currentAccount(period: string): string {
  return `'workspace/' || ${period} || '/' || to_char(now() AT TIME ZONE 'UTC', CASE ${period} WHEN 'day' THEN 'YYYY-MM-DD' ELSE 'YYYY-MM' END)`;
}
