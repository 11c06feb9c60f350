import { setTimeout as wait } from 'node:timers/promises';
import type { HealthStore } from '../../src/contracts/ports/health-store';
import { healthQueue } from '../../src/contracts/protocol/queues';
import { createRandom } from '../../src/domain/random';
import { createHealthStore } from '../../src/stores/health';
import { CrashRig } from '../helpers/e2e/crash-rig';
import { until } from '../helpers/until';

const seed = process.env['HEALTH_SEED'] ?? String(Math.floor(Math.random() * 2 ** 31));
console.log(`moments at which the health worker is killed: HEALTH_SEED=${seed}`);

const outcomes = 300;
const kills = 3;

let rig: CrashRig;
let health: HealthStore;

beforeEach(async () => {
  rig = await CrashRig.open({ environment: { ORCHESTRA_HEALTH_INTERVAL_MS: '1000' } });
  health = createHealthStore(rig.installation.pool);
});
afterEach(async () => {
  const { temporal, configuration } = rig.installation;
  await temporal.schedule
    .getHandle(healthQueue(configuration.taskQueue))
    .delete()
    .catch(() => undefined);
  await rig.close();
});

const sweptAfter = async (at: number): Promise<boolean> => ((await health.report('default'))?.at ?? 0) > at;

/** What all sweeps together have counted. */
async function counted(): Promise<number> {
  const { rows } = await rig.installation.pool.query<{ total: number }>(
    `SELECT coalesce(sum(value), 0) AS total FROM health_samples WHERE workspace = 'default' AND metric = 'attempts.failed'`,
  );
  return rows[0]?.total ?? 0;
}

/** Failures, one by one, as agent workers store them. */
async function storeFailures(): Promise<void> {
  for (let n = 0; n < outcomes; n++) {
    await rig.installation.pool.query(
      `INSERT INTO outcomes (workspace, session, run, attempt, plan_name, task, agent, token, verdict, retryable, ended_at, evidence)
       VALUES ('default', 'past', 'task', $1, 'plan', 'task', 'ada', 0, 'failed', true, now(), '[]')`,
      [n],
    );
    await wait(20);
  }
}

it('counts every outcome once, and sweeps on, however often its worker is killed', async () => {
  await rig.startWorker(['sessions']);
  let worker = await rig.startWorker(['health']);
  await until('there is a first sweep', () => sweptAfter(0), 60_000);
  const random = createRandom(seed);
  const storing = storeFailures();
  for (let kill = 0; kill < kills; kill++) {
    const from = Date.now();
    await until('there is another sweep', () => sweptAfter(from), 60_000);
    await wait(random() * 1_500);
    await worker.kill();
    worker = await rig.startWorker(['health']);
  }
  await storing;
  await until('all are counted', async () => (await counted()) >= outcomes, 60_000);
  const from = Date.now();
  await until('there is one more sweep', () => sweptAfter(from), 60_000);
  expect(await counted()).toBe(outcomes);
});

it('lets sessions go on while nobody looks, and looks again when its worker is back', async () => {
  await rig.startWorker(['sessions', 'agents']);
  const session = await rig.start({ tasks: { first: { agent: 'free' } } });
  await until('the session has ended', async () => (await session.overview()).endedAt !== null);
  expect((await session.overview()).status).toBe('succeeded');
  expect(await health.report('default')).toBeUndefined();
  await rig.startWorker(['health']);
  await until('there is a sweep', () => sweptAfter(0), 60_000);
  const report = await health.report('default');
  const statuses = report?.findings.map(({ check, subject, status }) => `${check} ${subject} ${status}`);
  expect(statuses).toEqual(
    expect.arrayContaining([
      'database  ok',
      'temporal  ok',
      'workers sessions ok',
      'workers agents ok',
      'workers learning warning',
      'workers health ok',
      'schedule learning warning',
      'schedule health ok',
      'leases  ok',
      'untaken-outcomes  ok',
    ]),
  );
  expect(report?.status).toBe('degraded');
  expect(report?.recommendations.map(({ action }) => action)).toContain('Start one: `orchestra worker learning`.');
  const events = await health.events('default', 10);
  expect(events.map(({ to }) => to)).toContain('degraded');
});
