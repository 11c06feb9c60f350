import { takeTurn } from '../../src/activities/turn/take-turn';
import { until } from '../helpers/until';
import { openTestStores, testWorkspace } from './test-stores';
import type { TestStores } from './test-stores';
import { beforeTurnAhead } from './turn-ahead';

let stores: TestStores;
beforeAll(async () => {
  stores = await openTestStores();
  // A turn that waits looks for a ring once, after so long: it has to be closed by then.
  await stores.pool.query(
    `DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET deadlock_timeout = ''3s''', current_database()); END $$`,
  );
});
afterAll(() => stores.close());

const plan = `
version: 1
name: chain
budget: { attempts: 9 }
agents: { own: { connector: simulated } }
tasks:
  first: { agent: own }
  second: { agent: own, needs: [first], budget: { attempts: 5 } }
`;

/** Whether the turn waits for an account of what comes next. */
async function isWaiting(): Promise<boolean> {
  const { rows } = await stores.pool.query(
    `SELECT FROM pg_stat_activity
     WHERE datname = current_database() AND wait_event_type = 'Lock' AND query LIKE 'INSERT INTO budget_accounts%'`,
  );
  return rows.length > 0;
}

it.each([1, 2])('a turn that loses in %i deadlocks is taken again, with what had ended', async (deadlocks) => {
  const { work, session, next, settlements, ground } = await beforeTurnAhead(stores, plan);
  const [before, after] = [`session/${session.id}`, `task/${session.id}/second`];
  await stores.pool.query(
    `INSERT INTO budget_accounts (workspace, account, unit, amount_limit) VALUES ($1, $2, 'attempts', 5)`,
    [testWorkspace, after],
  );
  const lock = 'SELECT FROM budget_accounts WHERE account = $1 FOR UPDATE';
  const other = await stores.pool.connect();
  try {
    // Whoever finds the ring first loses: the other one does not look for it.
    await other.query(`SET deadlock_timeout = '10min'`);
    await other.query('BEGIN');
    await other.query(lock, [after]);
    await other.query('SAVEPOINT before_ring');
    const taking = takeTurn(work, next, { settlements, ground });
    taking.catch(() => undefined);
    for (let lost = 0; lost < deadlocks; lost += 1) {
      await until('the turn waits', isWaiting);
      await other.query(lock, [before]);
      // It has lost, and comes again.
      await other.query('ROLLBACK TO SAVEPOINT before_ring');
    }
    await other.query('COMMIT');
    expect((await taking).turn.decisions).toMatchObject([['start', 1, -1, 1, 0, expect.any(Number)]]);
  } finally {
    other.release(true);
  }
  const { rows } = await stores.pool.query('SELECT run FROM outcomes WHERE session = $1', [session.id]);
  expect(rows).toEqual([{ run: 'first' }]);
});
