import { setTimeout as wait } from 'node:timers/promises';
import type { Pool } from 'pg';
import { createSessionActivities } from '../../src/activities/commit-turn';
import { createPool } from '../../src/stores/pool';
import { rehearseTurns } from '../../src/stores/rehearse-turns';
import { createTurnStore } from '../../src/stores/turns';
import { ended, SessionDriver, started } from './session-driver';
import { settlement } from './settlements';
import { openTestStores, testWorkspace } from './test-stores';
import type { TestStores } from './test-stores';

let stores: TestStores;
let pool: Pool;
beforeAll(async () => (stores = await openTestStores()));
afterAll(() => stores.close());
afterEach(() => pool.end());

const plan = `{ version: 1, name: one, agents: { own: { connector: simulated } }, tasks: { only: { agent: own } } }`;

const planned = async (): Promise<string[]> =>
  (await pool.query<{ name: string }>('SELECT name FROM pg_prepared_statements ORDER BY name')).rows.map(
    ({ name }) => name,
  );

it('leaves turns nothing to plan that nearly all of them need', async () => {
  pool = createPool(stores.databaseUrl, { maxConnections: 1 });
  await rehearseTurns(pool, 1);
  const before = await planned();
  expect(before).toEqual(
    expect.arrayContaining([
      ...['add-leases', 'add-session', 'expect-turn', 'lock-session', 'settle-attempts', 'settle-plain-leases'],
      ...['write-turn', 'write-turn-accepting', 'write-turn-of-new-run'],
    ]),
  );

  const { plans, artifacts, directory } = stores;
  const turns = createTurnStore(pool, { retentionDays: 30 });
  const activities = createSessionActivities({ turns, plans, artifacts, directory, tellParent: () => undefined });
  const session = new SessionDriver(activities, testWorkspace, (await stores.addSession(plan)).id);
  const [attempt] = (await session.take(started)).attempts;
  if (!attempt) throw new Error('a session of one task starts one attempt');
  await stores.attempts.settle(settlement(attempt));
  expect((await session.take(ended('only'))).result.accepted).toHaveLength(1);
  expect(await planned()).toEqual(before);
});

it('leaves nothing behind', async () => {
  pool = createPool(stores.databaseUrl);
  const tables = await stores.pool.query<{ name: string }>(
    `SELECT table_name AS name FROM information_schema.columns WHERE table_schema = 'public' AND column_name = 'workspace'`,
  );
  await rehearseTurns(pool, 3);
  for (const { name } of tables.rows) {
    const { rows } = await stores.pool.query(`SELECT FROM "${name}" WHERE workspace NOT IN ($1, 'default')`, [
      testWorkspace,
    ]);
    expect([name, rows.length]).toEqual([name, 0]);
  }
});

it('opens all connections, and those that are to be kept are open when nothing was asked of them for long', async () => {
  pool = createPool(stores.databaseUrl, { keptConnections: 2 });
  await rehearseTurns(pool, 3);
  expect([pool.totalCount, pool.idleCount]).toEqual([3, 3]);
  await wait(11_000);
  expect([pool.totalCount, pool.idleCount]).toEqual([2, 2]);
});
