import type { PoolClient } from 'pg';
import type { AttemptKey, LockedAccounts } from '../contracts/ports/turn-store';
import type { AccountLimit, Balance } from '../domain/budget/accounts';
import type { LinePosition } from '../domain/line-position';
import { ownerOf } from '../domain/budget/rate-accounts';
import { eachPriority, placeInLine } from './line-place';
import { milliseconds } from './milliseconds';

/** Opens the accounts that are new, writes limits that an edit of the plan has changed, and locks all in key order until the end of the transaction. */
export async function lockAccounts(
  client: PoolClient,
  limits: readonly (AccountLimit & { workspace: string })[],
): Promise<(Balance & { workspace: string })[]> {
  if (limits.length === 0) return [];
  const limitOf = new Map(limits.map((limit) => [keyOf(limit), limit.limit]));
  const distinct = [...new Map(limits.map((limit) => [keyOf(limit), limit])).values()];
  // Limits of a workspace, and of agents, can change: they are not kept here.
  const wanted = JSON.stringify(
    distinct.map(({ limit, ...key }) => ({ ...key, limit: /^(workspace|agent)\//.test(key.account) ? null : limit })),
  );
  const [, { rows }] = await Promise.all([
    client.query({
      name: 'open-accounts',
      text: `INSERT INTO budget_accounts (workspace, account, unit, amount_limit)
             SELECT workspace, account, unit, "limit"
             FROM jsonb_to_recordset($1) AS x (workspace text, account text COLLATE "C", unit text COLLATE "C", "limit" bigint)
             ORDER BY workspace, account, unit
             ON CONFLICT (workspace, account, unit) DO UPDATE SET amount_limit = excluded.amount_limit
             WHERE budget_accounts.amount_limit IS DISTINCT FROM excluded.amount_limit`,
      values: [wanted],
    }),
    client.query<Omit<Balance, 'limit'> & { workspace: string }>({
      name: 'lock-accounts',
      text: `SELECT own.workspace, own.account, own.unit, reserved, kept, spent
             FROM jsonb_to_recordset($1) AS x (workspace text, account text COLLATE "C", unit text COLLATE "C")
             JOIN budget_accounts AS own USING (workspace, account, unit)
             ORDER BY own.workspace, own.account, own.unit FOR UPDATE OF own`,
      values: [wanted],
    }),
  ]);
  return rows.map((row) => ({ ...row, limit: limitOf.get(keyOf(row)) ?? 0 }));
}

function keyOf({ workspace, account, unit }: { workspace: string; account: string; unit: string }): string {
  return `${workspace} ${account} ${unit}`;
}

/** Runs that wait for the workspace and for nothing else, first come first; without those of a session. */
export async function waitersForWorkspace(
  client: PoolClient,
  workspace: string,
  exceptSession: string | null,
  limit: number,
): Promise<LinePosition[]> {
  const { rows } = await client.query<LinePosition>({
    name: 'waiters-for-workspace',
    text: `SELECT priority, ${milliseconds('since')} AS since
           FROM ${eachPriority} CROSS JOIN LATERAL (
             SELECT priority, since FROM budget_waits
             WHERE workspace = $1 AND priority = rank AND waits_for IS NOT NULL AND session IS DISTINCT FROM $2
             ORDER BY since LIMIT $3
           ) AS waits
           ORDER BY ${placeInLine} LIMIT $3`,
    values: [workspace, exceptSession, limit],
  });
  return rows;
}

/** Locks accounts for the attempts of one session; see TurnTransaction.lockAccounts. */
export async function lockAccountsOf(
  client: PoolClient,
  { workspace, session }: { workspace: string; session: string },
  limits: readonly AccountLimit[],
  attempts: readonly AttemptKey[],
): Promise<LockedAccounts> {
  const locking = lockAccounts(
    client,
    limits.map((limit) => ({ ...limit, workspace: ownerOf(limit.account, workspace) })),
  );
  const reading = client.query<AttemptKey>({
    name: 'begun-of-attempts',
    text: `SELECT run, attempt FROM leases JOIN jsonb_to_recordset($3) AS x (run text, attempt int) USING (run, attempt)
           WHERE workspace = $1 AND session = $2 AND begun_at IS NOT NULL`,
    values: [workspace, session, JSON.stringify(attempts.map(({ run, attempt }) => ({ run, attempt })))],
  });
  // Where locking fails, PostgreSQL refuses this too, which can be heard first and does not say why.
  reading.catch(() => undefined);
  const balances = await locking;
  const { rows } = await reading;
  return { balances: balances.map(({ workspace: _, ...balance }) => balance), begun: rows };
}
