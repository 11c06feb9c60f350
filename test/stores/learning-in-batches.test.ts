import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { learnOutcomes } from '../../src/activities/learning/learn-outcomes';
import type { AttemptToLearn, LearningStore } from '../../src/contracts/ports/learning-store';
import { createAgentRegistry } from '../../src/stores/agents';
import { createLearningStore } from '../../src/stores/learning';
import { createPool } from '../../src/stores/pool';
import { addPastWork, addWorkers, statisticsIn, unlearn } from './past-work';
import { openTestStores } from './test-stores';
import type { TestStores } from './test-stores';

let stores: TestStores;

beforeEach(async () => (stores = await openTestStores()));
afterEach(() => stores.close());

const learnWith = (learning: LearningStore): Promise<{ learnt: number }> =>
  learnOutcomes({ learning, plans: stores.plans, heartbeat: () => undefined, now: () => 0 });

/** Of so many outcomes, whatever is asked for. */
const inBatchesOf = (size: number, learning: LearningStore): LearningStore => ({
  ...learning,
  learnBatch: (_, learn) => learning.learnBatch(size, learn),
});

const waiting = async (): Promise<number> => {
  const { rows } = await stores.pool.query<{ count: number }>('SELECT count(*) FROM outcomes_to_learn');
  return rows[0]?.count ?? 0;
};

it('comes to the same, row by row, whether its workers are broken off at any moment or not', async () => {
  const agents = 4;
  await addWorkers(createAgentRegistry(stores.pool), agents);
  await addPastWork(stores.pool, { agents, from: 0, to: 700 });
  const pool = createPool(stores.databaseUrl, { maxConnections: 5, onError: () => undefined });
  const learning = inBatchesOf(7, createLearningStore(pool));
  let brokenOff = 0;
  const learnOn = async (): Promise<void> => {
    while ((await waiting()) > 0) await learnWith(learning).catch(() => (brokenOff += 1));
  };
  const breakOff = async (): Promise<void> => {
    while ((await waiting()) > 0) {
      await stores.pool.query(
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
         WHERE datname = current_database() AND query LIKE '%learned_records%' AND pid <> pg_backend_pid() AND random() < 0.3`,
      );
    }
  };
  await Promise.all([learnOn(), learnOn(), learnOn(), breakOff()]);
  await pool.end();
  const broken = await statisticsIn(stores.pool);
  await unlearn(stores.pool);
  await learnWith(inBatchesOf(7, createLearningStore(stores.pool)));
  expect(brokenOff).toBeGreaterThan(0);
  expect(broken).toEqual(await statisticsIn(stores.pool));
  expect(broken).toMatchObject({
    learned_records: expect.arrayContaining([
      expect.objectContaining({ agent: 'agent-3', capability: 'code', task_type: '' }),
    ]),
    learned_handovers: expect.arrayContaining([expect.objectContaining({ agent: 'agent-0' })]),
    capability_steps: expect.arrayContaining([expect.objectContaining({ agent: 'agent-0' })]),
  });
});

it('learns many outcomes in batches, each once, and holds no batch but the one that it is at', async () => {
  const [agents, outcomes] = [50, 20_000];
  await addWorkers(createAgentRegistry(stores.pool), agents);
  await addPastWork(stores.pool, { agents, from: 0, to: outcomes });
  const learning = createLearningStore(stores.pool);
  const batches: Batch[] = [];
  const sizes: number[] = [];
  const held: number[] = [];
  const { learnt } = await learnWith({
    ...learning,
    learnBatch: (limit, learn) =>
      learning.learnBatch(limit, (batch) => {
        held.push(stillHeld(batches));
        batches.push(new WeakRef(batch.attempts));
        sizes.push(batch.attempts.length);
        return learn(batch);
      }),
  });
  expect([learnt, await waiting()]).toEqual([outcomes, 0]);
  expect(sizes).toEqual(Array(outcomes / 1_000).fill(1_000));
  // The one before may be on the stack still.
  expect(Math.max(...held)).toBeLessThanOrEqual(1);
  const { rows } = await stores.pool.query<{ agent: string; total: number }>(
    `SELECT agent, total_succeeded + total_failed AS total FROM learned_records WHERE capability = '' AND task_type = ''`,
  );
  expect(rows.map(({ total }) => total)).toEqual(Array(agents).fill(outcomes / agents));
});

type Batch = WeakRef<AttemptToLearn[]>;

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

/** How many of these something refers to. */
function stillHeld(batches: readonly Batch[]): number {
  collectGarbage();
  return batches.filter((batch) => batch.deref() !== undefined).length;
}
