import { lockAccountsOf } from '../../src/stores/budget-accounts';
import { createBudgetStore } from '../../src/stores/budgets';
import { createPool } from '../../src/stores/pool';
import { openTestStores, testWorkspace } from './test-stores';
import type { TestStores } from './test-stores';

let stores: TestStores;
beforeAll(async () => (stores = await openTestStores()));
afterAll(() => stores.close());

it('tells why accounts could not be locked, and not that what follows was refused for it', async () => {
  const own = { workspace: testWorkspace, session: 'one' };
  const limits = [{ account: 'session/one', unit: 'attempts' as const, limit: 5 }];
  const [holder, waiting] = [await stores.pool.connect(), await stores.pool.connect()];
  try {
    await holder.query('BEGIN');
    await lockAccountsOf(holder, own, limits, []);
    await waiting.query(`BEGIN; SET LOCAL lock_timeout = '50ms'`);
    const locking = lockAccountsOf(waiting, own, limits, []);
    // A busy process: it hears all answers at once.
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 300);
    const lockNotAvailable = '55P03';
    await expect(locking).rejects.toMatchObject({ code: lockNotAvailable });
  } finally {
    await waiting.query('ROLLBACK');
    await holder.query('ROLLBACK');
    waiting.release();
    holder.release();
  }
});

it('finds the accounts of a session among those of thousands', async () => {
  const session = await stores.addSession(
    'version: 1\nname: p\nagents: { ok: { connector: simulated } }\ntasks: { work: { agent: ok } }\n',
    { id: 'mine' },
  );
  await stores.pool.query(
    `INSERT INTO budget_accounts (workspace, account, unit, amount_limit)
     SELECT $1, 'session/other-' || nth, 'attempts', 9 FROM generate_series(1, 5000) AS nth
     UNION ALL SELECT $1, account, 'attempts', 9
     FROM unnest(ARRAY['session/mine', 'task/mine/work', 'task/mine/also', 'task/mine-too/work', 'session/above', 'task/min/e']) AS account`,
    [testWorkspace],
  );
  await stores.pool.query(
    `UPDATE sessions SET budgets = '[{ "account": "session/above", "unit": "attempts", "limit": 9 }]' WHERE id = $1`,
    [session.id],
  );
  await stores.pool.query('ANALYZE budget_accounts');
  const pool = createPool(stores.databaseUrl, { maxConnections: 1 });
  const read = async (): Promise<number> => {
    await pool.query('SELECT pg_stat_force_next_flush()');
    const { rows } = await pool.query<{ n: number }>(
      `SELECT idx_tup_fetch + seq_tup_read AS n FROM pg_stat_user_tables WHERE relname = 'budget_accounts'`,
    );
    return rows[0]?.n ?? 0;
  };
  try {
    const before = await read();
    const found = await createBudgetStore(pool).ofSession(testWorkspace, session.id);
    expect(found.map(({ account }) => account)).toEqual([
      'session/above',
      'session/mine',
      'task/mine/also',
      'task/mine/work',
    ]);
    expect((await read()) - before).toBeLessThan(20);
  } finally {
    await pool.end();
  }
});
