import { createRandom } from '../../src/domain/random';
import { learningQueue } from '../../src/contracts/protocol/queues';
import { definitionOf } from '../helpers/agent-definitions';
import { CrashRig } from '../helpers/e2e/crash-rig';
import { until } from '../helpers/until';

const seed = process.env['LEARNING_SEED'] ?? String(Math.floor(Math.random() * 2 ** 31));
console.log(`moments at which the learning worker is killed: LEARNING_SEED=${seed}`);

const outcomes = 3_000;
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

const learnt = async (): Promise<number> => {
  const { rows } = await rig.installation.pool.query<{ total: number }>(
    `SELECT total_succeeded + total_failed AS total FROM learned_records
     WHERE workspace = 'default' AND agent = 'ada' AND capability = '' AND task_type = ''`,
  );
  return rows[0]?.total ?? 0;
};

/** What so many attempts came to, one by one, as agent workers store them. */
async function storeOutcomes(from: number, to: number): Promise<void> {
  for (let n = from; n < to; n++) {
    await rig.installation.pool.query(
      `INSERT INTO outcomes (workspace, session, run, attempt, plan_name, task, agent, agent_workspace, token, verdict, retryable,
                             ended_at, duration_ms, evidence)
       VALUES ('default', 'past', 'task', $1, 'plan', 'task', 'ada', 'default', 0, 'succeeded', true, now(), 100, '[]')`,
      [n],
    );
  }
}

it('learns every outcome once, however often its worker is killed', async () => {
  await rig.installation.agents.add('default', [definitionOf('ada')]);
  await rig.startWorker(['sessions']);
  const random = createRandom(seed);
  const share = outcomes / kills;
  for (let kill = 0; kill < kills; kill++) {
    const doomed = await rig.startWorker(['learning']);
    const enough = (await learnt()) + Math.floor((random() * share) / 2);
    const writing = storeOutcomes(kill * share, (kill + 1) * share);
    await until('the worker has learnt something', async () => (await learnt()) >= enough, 60_000);
    await doomed.kill();
    await writing;
  }
  await rig.startWorker(['learning']);
  await until('all is learnt', async () => (await learnt()) >= outcomes, 60_000);
  expect(await learnt()).toBe(outcomes);
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
  await until('it is learnt', async () => (await learnt()) === 1, 60_000);
});
