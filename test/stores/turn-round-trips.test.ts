import { createSessionActivities } from '../../src/activities/commit-turn';
import { createPool } from '../../src/stores/pool';
import { createTurnStore } from '../../src/stores/turns';
import { countRoundTrips } from './count-round-trips';
import { ended, SessionDriver, started } from './session-driver';
import { settlement } from './settlements';
import { openTestStores, testWorkspace } from './test-stores';
import type { TestStores } from './test-stores';

let stores: TestStores;
beforeAll(async () => (stores = await openTestStores()));
afterAll(() => stores.close());

const plan = `
version: 1
name: chain
agents: { own: { connector: simulated } }
tasks:
  first: { agent: own }
  second: { agent: own, needs: [first] }
  third: { agent: own, needs: [second] }
`;

it('a turn waits for the database when it begins and when it is committed, not for its leases', async () => {
  const counted = await countRoundTrips(stores.databaseUrl);
  const pool = createPool(counted.url, { maxConnections: 1 });
  const { plans, artifacts, directory } = stores;
  const turns = createTurnStore(pool, { retentionDays: 30 });
  const activities = createSessionActivities({ turns, plans, artifacts, directory, tellParent: () => undefined });
  // The first turn of a process fetches the tokens of leases to come.
  await new SessionDriver(activities, testWorkspace, (await stores.addSession(plan)).id).take(started);

  const session = new SessionDriver(activities, testWorkspace, (await stores.addSession(plan)).id);
  let taken = await session.take(started);
  for (const run of ['first', 'second']) {
    for (const attempt of taken.attempts) await stores.attempts.settle(settlement(attempt));
    const trips = await counted.during(async () => (taken = await session.take(ended(run))));
    expect([run, taken.attempts.length, trips]).toEqual([run, 1, 2]);
  }
  await pool.end();
  await counted.close();
});
