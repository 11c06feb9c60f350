import { routingMetricsOf } from '../../src/domain/metrics/routing-metrics';
import { createAgentRegistry } from '../../src/stores/agents';
import { createRoutingHistory } from '../../src/stores/routing-history';
import { definitionOf } from '../helpers/agent-definitions';
import { learnAll } from './learn-all';
import { ended, started } from './session-driver';
import { justNow, settlement } from './settlements';
import { openTestStores } from './test-stores';
import type { TestStores } from './test-stores';

let stores: TestStores;

beforeEach(async () => {
  stores = await openTestStores();
  const capabilities = [{ name: 'code', proficiency: 1, technologies: [] }];
  for (const workspace of ['default', 'other'])
    await createAgentRegistry(stores.pool).add(workspace, [definitionOf('ada', { capabilities })]);
});
afterEach(() => stores.close());

const plan = `version: 1
name: p
defaults: { retry: { attempts: 1 } }
tasks: { fix: { agent: { capability: code }, type: bug-fix } }
`;

/** Without a verdict the attempt is in flight. */
async function work(verdict: 'succeeded' | 'failed' | undefined, workspace = 'default'): Promise<void> {
  const session = await stores.addSession(plan, { workspace });
  const { attempts } = await session.take(started);
  for (const attempt of attempts) {
    await stores.attempts.begin(attempt, 'worker');
    if (!verdict) continue;
    await stores.attempts.settle(settlement(attempt, { verdict, ...justNow() }));
    await session.take(ended(attempt.run, attempt.attempt, verdict));
  }
  await learnAll(stores);
  stores.directory.forget();
}

const lately = (): { from: number; to: number } => ({ from: Date.now() - 3_600_000, to: Date.now() + 3_600_000 });
const decided = (workspace = 'default', period = lately(), limit = 100) =>
  createRoutingHistory(stores.pool).decided(workspace, period, limit);

it('holds what was predicted of attempts, when they were assigned, against what became of them', async () => {
  for (const verdict of ['succeeded', 'failed', 'succeeded', 'succeeded', 'failed', undefined] as const)
    await work(verdict);
  const latestFirst = await decided();
  expect(latestFirst.map(({ outcome }) => outcome?.verdict)).toEqual([
    undefined,
    'failed',
    'succeeded',
    'succeeded',
    'failed',
    'succeeded',
  ]);
  // The first three were assigned before three outcomes were learnt.
  expect(latestFirst.map(({ assignment }) => assignment.prediction?.success?.outcomes !== undefined)).toEqual([
    true,
    true,
    true,
    false,
    false,
    false,
  ]);
  expect(routingMetricsOf(latestFirst)).toMatchObject({
    predictions: 2,
    calibration: null,
    strategies: [
      { strategy: 'all', assignments: 6, observed: 0.5 },
      { strategy: 'score', assignments: 6, observed: 0.5 },
    ],
  });
});

it('is of one workspace, of a period, and of its latest decisions', async () => {
  await work('succeeded');
  await work('failed');
  await work('succeeded', 'other');
  expect(await decided()).toHaveLength(2);
  expect((await decided('default', lately(), 1)).map(({ outcome }) => outcome?.verdict)).toEqual(['failed']);
  expect(await decided('default', { from: 0, to: Date.now() - 3_600_000 })).toEqual([]);
});
