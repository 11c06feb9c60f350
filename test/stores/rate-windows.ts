import type { Pool } from 'pg';

/** Makes all windows of starts look as if they had ended, so that empty ones are open. */
export async function endWindows(pool: Pool): Promise<void> {
  await pool.query(
    `UPDATE budget_accounts SET account = past.name FROM (
       SELECT workspace, account, regexp_replace(account, '[^/]+$', '2001-01-01T' || gen_random_uuid()) AS name
       FROM budget_accounts WHERE account LIKE '%/rate/%' AND account NOT LIKE '%/2001-%'
     ) AS past WHERE budget_accounts.workspace = past.workspace AND budget_accounts.account = past.account`,
  );
}

/** How many attempts of leases, but for those that were given back unbegun, count in each window of a series, most first. */
export async function startsByWindow(pool: Pool, series: string): Promise<number[]> {
  const { rows } = await pool.query<{ starts: number }>(
    `SELECT count(*)::int AS starts FROM leases CROSS JOIN LATERAL unnest(accounts) AS account
     WHERE starts_with(account, $1 || '/') AND NOT (begun_at IS NULL AND released_at IS NOT NULL)
     GROUP BY account ORDER BY 1 DESC`,
    [series],
  );
  return rows.map(({ starts }) => starts);
}
