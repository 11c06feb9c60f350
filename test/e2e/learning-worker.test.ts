import { mineInsights } from '../../src/activities/learning/mine-insights';
import { createRandom } from '../../src/domain/random';
import { learningQueue } from '../../src/contracts/protocol/queues';
import { createInsightMiningStore } from '../../src/stores/insight-mining';
import { definitionOf } from '../helpers/agent-definitions';
import { CrashRig } from '../helpers/e2e/crash-rig';
import { until } from '../helpers/until';
import { learnAll } from '../stores/learn-all';
import { addPastWork, addWorkers, statisticsIn, unlearn } from '../stores/past-work';

const seed = process.env['LEARNING_SEED'] ?? String(Math.floor(Math.random() * 2 ** 31));
console.log(`moments at which the learning worker is killed: LEARNING_SEED=${seed}`);

/** Each time that the worker is killed two batches more are there, so that batches are the same as if it were not. */
const outcomes = 6_000;
const kills = 3;

let rig: CrashRig;

beforeEach(async () => {
  rig = await CrashRig.open({ environment: { ORCHESTRA_LEARNING_INTERVAL_MS: '1000' } });
});
afterEach(async () => {
  const { temporal, configuration } = rig.installation;
  await temporal.schedule
    .getHandle(learningQueue(configuration.taskQueue))
    .delete()
    .catch(() => undefined);
  await rig.close();
});

const agents = 3;

const count = async (text: string): Promise<number> => {
  const { rows } = await rig.installation.pool.query<{ count: number }>(text);
  return rows[0]?.count ?? 0;
};

const learnt = (): Promise<number> =>
  count(
    `SELECT coalesce(sum(total_succeeded + total_failed), 0)::int AS count FROM learned_records
     WHERE workspace = 'default' AND capability = '' AND task_type = ''`,
  );

/** All outcomes that the latest mining looked at. */
const mined = (): Promise<number> => count('SELECT coalesce(sum(outcomes), 0)::int AS count FROM insight_minings');

it('comes to the same as a worker that is left alone, row by row, however often it is killed', async () => {
  const { agents: registry, pool, plans } = rig.installation;
  await addWorkers(registry, agents);
  await rig.startWorker(['sessions']);
  const random = createRandom(seed);
  const share = outcomes / kills;
  for (let kill = 0; kill < kills; kill++) {
    const before = await learnt();
    await addPastWork(pool, { agents, from: kill * share, to: (kill + 1) * share });
    const doomed = await rig.startWorker(['learning']);
    const enough = before + Math.floor(random() * share);
    await until('the worker has learnt something', async () => (await learnt()) >= enough);
    await doomed.kill();
  }
  const last = await rig.startWorker(['learning']);
  await until('all is learnt', async () => (await learnt()) >= outcomes);
  await until('all is mined', async () => (await mined()) === outcomes);
  // Not killed: PostgreSQL may still be at the last that a killed one has asked of it.
  await last.stop();
  const killed = await statisticsIn(pool);
  expect(await learnt()).toBe(outcomes);

  await unlearn(pool);
  expect(await learnAll({ pool, plans })).toBe(outcomes);
  await mineInsights({ mining: createInsightMiningStore(pool), plans, heartbeat: () => undefined });
  const leftAlone = await statisticsIn(pool);
  expect(killed).toEqual(leftAlone);
  expect(Object.entries(leftAlone).filter(([, rows]) => rows.length === 0)).toEqual([]);
});

it('lets sessions go on while nobody learns, and learns what they did later', async () => {
  await rig.installation.agents.add('default', [
    definitionOf('ada', {
      connector: { connector: 'command', command: rig.traces.command('free'), env: [], stdin: 'none', output: 'json' },
      capabilities: [{ name: 'code', proficiency: 1, technologies: [] }],
    }),
  ]);
  await rig.startWorker(['sessions', 'agents']);
  const session = await rig.start({ tasks: { first: { agent: { capability: 'code' } } } });
  await until('the session has ended', async () => (await session.overview()).endedAt !== null);
  expect((await session.overview()).status).toBe('succeeded');
  expect(await learnt()).toBe(0);
  await rig.startWorker(['learning']);
  await until('it is learnt', async () => (await learnt()) === 1);
});
