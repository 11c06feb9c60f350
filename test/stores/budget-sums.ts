import type { Pool } from 'pg';

/** What is wrong with the accounts, as one snapshot of the database sees them: they exceed a limit, or are not the sums of the ledger. */
export async function brokenAccounts(pool: Pool): Promise<unknown[]> {
  const { rows } = await pool.query<object>(
    `WITH summed AS (
       SELECT CASE WHEN account LIKE 'agent/%' THEN split_part(account, '/', 2) ELSE workspace END AS workspace, account, unit, sum(reserved)::bigint AS reserved, sum(kept)::bigint AS kept, sum(spent)::bigint AS spent
       FROM ledger CROSS JOIN LATERAL unnest(accounts) AS account
       CROSS JOIN LATERAL (VALUES
         ('costMicros', coalesce(reserved_micros, 0), coalesce(kept_micros, 0), coalesce(spent_micros, 0)),
         ('tokens', coalesce(reserved_tokens, 0), coalesce(kept_tokens, 0), coalesce(spent_tokens, 0)),
         ('timeMs', coalesce(reserved_ms, 0), coalesce(kept_ms, 0), coalesce(spent_ms, 0)),
         ('attempts', reserved_attempts, kept_attempts, spent_attempts)) AS by_unit (unit, reserved, kept, spent)
       GROUP BY 1, 2, 3
     )
     SELECT own.*, coalesce(own.amount_limit, whole.amount_limit) AS "limit"
     FROM budget_accounts AS own
     LEFT JOIN workspace_limits AS whole ON whole.workspace = own.workspace AND whole.unit = own.unit AND whole.period <> 'now'
       AND starts_with(own.account, 'workspace/' || whole.period || '/')
     LEFT JOIN summed ON summed.workspace = own.workspace AND summed.account = own.account AND summed.unit = own.unit
     WHERE own.reserved + own.kept + own.spent > coalesce(own.amount_limit, whole.amount_limit)
       OR (own.reserved, own.kept, own.spent) IS DISTINCT FROM
          (coalesce(summed.reserved, 0), coalesce(summed.kept, 0), coalesce(summed.spent, 0))`,
  );
  return rows;
}

/** Where the ledger and the outcomes differ in what attempts have used. */
export async function unequalSums(pool: Pool): Promise<unknown[]> {
  const { rows } = await pool.query<object>(
    `SELECT * FROM (
       SELECT sum(spent_micros)::bigint AS micros, sum(spent_tokens)::bigint AS tokens FROM ledger
     ) AS ledger
     CROSS JOIN (
       SELECT (sum(cost_usd) * 1000000)::bigint AS outcome_micros, sum(tokens)::bigint AS outcome_tokens FROM outcomes
     ) AS outcomes
     WHERE micros IS DISTINCT FROM outcome_micros OR tokens IS DISTINCT FROM outcome_tokens`,
  );
  return rows;
}

/** Reservations that have not ended in exactly one way: returned, settled, or kept until their attempt is settled late. */
export async function openReservations(pool: Pool): Promise<unknown[]> {
  const { rows } = await pool.query<object>(
    `SELECT session, run, attempt, token, array_agg(entry ORDER BY id) AS entries FROM ledger
     GROUP BY session, run, attempt, token
     HAVING array_agg(entry ORDER BY id) NOT IN ('{reserved,returned}', '{reserved,settled}', '{reserved,kept}', '{reserved,kept,settled}')`,
  );
  return rows;
}
