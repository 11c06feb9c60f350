import { createAgentRegistry } from '../../src/stores/agents';
import { createSettingsStore } from '../../src/stores/settings';
import { definitionOf } from '../helpers/agent-definitions';
import { brokenAccounts } from './budget-sums';
import { playRandomFates } from './random-fates';
import { startsByWindow } from './rate-windows';
import type { SessionDriver } from './session-driver';
import { wakeWaiters } from './wake-waiters';
import { openObservedStores } from './observed-stores';
import type { ObservedStores } from './observed-stores';

const seed = process.env['RATES_SEED'] ?? String(Date.now() % 2 ** 31);
process.stderr.write(`random fates of attempts: RATES_SEED=${seed}\n`);

let stores: ObservedStores;
beforeAll(async () => (stores = await openObservedStores()));
afterAll(() => stores.close());

const plan = `
version: 1
name: work
concurrency: 8
defaults: { retry: { attempts: 6, initialInterval: 0ms }, onFailure: continue }
agents: { own: { connector: simulated } }
tasks:
  each: { forEach: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10], agent: own }
  many: { forEach: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10], agent: { capability: code } }
  last: { needs: [each, many], agent: own }
`;

/** So many starts in a second, of the workspaces and of the agent that they share. */
const ofWorkspace = { one: 7, two: 9 };
const ofAgent = 5;

it('never starts more in a window than the limit says, and all in the end, whatever becomes of attempts, turns and connections', async () => {
  const code = [{ name: 'code', proficiency: 1, technologies: [] }];
  const agent = { capabilities: code, maxConcurrent: 20, shared: true };
  await createAgentRegistry(stores.pool).add('one', [
    definitionOf('ada', { ...agent, rateLimit: `${ofAgent}/1s` }),
    definitionOf('bob', { ...agent, rateLimit: '2/1s', maxConcurrent: 2 }),
  ]);
  const drivers: SessionDriver[] = [];
  for (const [workspace, starts] of Object.entries(ofWorkspace)) {
    await createSettingsStore(stores.pool).change(workspace, { set: { rateLimit: `${starts}/1s` }, unset: [] });
    for (let count = 0; count < 3; count++) drivers.push(await stores.addSession(plan, { workspace }));
  }
  await stores.pool.query(`UPDATE sessions SET settings = settings || '{"leaseMs": 0}'`);
  const broken: unknown[] = [];
  await playRandomFates({
    seed,
    stores,
    drivers,
    verdicts: ['succeeded', 'succeeded', 'succeeded', 'failed'],
    // Half of the time it has not heard of what was started.
    forgets: 0.5,
    calmRounds: 3_000,
    wake: () => wakeWaiters(stores.pool),
    watch: async () => void broken.push(...(await brokenAccounts(stores.observer))),
  });
  expect(broken).toEqual([]);
  const { rows } = await stores.observer.query<{ workspace: string; most: number }>(
    `SELECT workspace, max(starts)::int AS most FROM (
       SELECT workspace, account, count(*) AS starts FROM leases CROSS JOIN LATERAL unnest(accounts) AS account
       WHERE account LIKE 'workspace/rate/%' AND NOT (begun_at IS NULL AND released_at IS NOT NULL) GROUP BY 1, 2
     ) AS windows GROUP BY workspace ORDER BY workspace`,
  );
  expect(rows).toEqual(Object.entries(ofWorkspace).map(([workspace, most]) => ({ workspace, most })));
  expect((await startsByWindow(stores.observer, 'agent/one/ada/rate/1s'))[0]).toBe(ofAgent);
  expect((await startsByWindow(stores.observer, 'agent/one/bob/rate/1s'))[0]).toBeLessThanOrEqual(2);
});
