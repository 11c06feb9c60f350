import { setTimeout as wait } from 'node:timers/promises';
import type { HealthStore } from '../../src/contracts/ports/health-store';
import { healthQueue } from '../../src/contracts/protocol/queues';
import { newDetector, observe } from '../../src/domain/health/detector';
import type { Detector } from '../../src/domain/health/detector';
import { watchedMetrics } from '../../src/domain/health/metrics';
import type { HealthReport } from '../../src/domain/health/report';
import { createRandom } from '../../src/domain/random';
import { createAgentBehaviours } from '../../src/stores/agent-behaviours';
import { createHealthStore } from '../../src/stores/health';
import { milliseconds } from '../../src/stores/milliseconds';
import { definitionOf } from '../helpers/agent-definitions';
import { CrashRig } from '../helpers/e2e/crash-rig';
import { until } from '../helpers/until';

const seed = process.env['HEALTH_SEED'] ?? String(Math.floor(Math.random() * 2 ** 31));
console.log(`moments at which the health worker is killed: HEALTH_SEED=${seed}`);

const outcomes = 90;
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

/** What an attempt of `ada` came to; `n` is its number. */
const addOutcomes = `
  INSERT INTO outcomes (workspace, session, run, attempt, plan_name, task, agent, agent_workspace, token, retryable, ended_at, duration_ms, evidence, verdict, settled_at)
  SELECT 'default', 'past', 'task', n, 'plan', 'task', 'ada', 'default', 0, true, now(), 100 + n % 7, '["it said so"]'`;

/** Two hours ago an agent did well: what it does now is unlike that. */
const steadyBefore = (): Promise<unknown> =>
  rig.installation.pool.query(
    `${addOutcomes}, 'succeeded', now() - interval '2 hours' - n * interval '1 second' FROM generate_series(1, 100) AS n`,
  );

/** Failures, one by one, as agent workers store them. */
async function storeFailures(): Promise<void> {
  for (let n = 0; n < outcomes; n++) {
    await rig.installation.pool.query(`${addOutcomes}, 'failed', now() FROM (SELECT $1::int + 1000 AS n) AS one`, [n]);
    await wait(65);
  }
}

/** What is normal of each metric, as the sweeps have left it; and as it is where all that they measured is taken in at once. */
async function detectors(): Promise<{ stored: unknown; anew: unknown }> {
  const { rows } = await rig.installation.pool.query<{ metric: string; at: number; value: number }>(
    `SELECT metric, ${milliseconds('at')} AS at, value FROM health_samples WHERE workspace = 'default' ORDER BY at`,
  );
  const known = new Map<string, Detector>();
  for (const { metric, at, value } of rows) {
    const watched = watchedMetrics[metric];
    if (watched) known.set(metric, observe(watched, known.get(metric) ?? newDetector, at, value));
  }
  const { rows: status } = await rig.installation.pool.query<{ detectors: unknown }>(
    `SELECT detectors FROM health_status WHERE workspace = 'default'`,
  );
  return { stored: status[0]?.detectors, anew: JSON.parse(JSON.stringify(Object.fromEntries(known))) };
}

/** How agents do against their past, and what was noted of that. */
async function behaviours(): Promise<{ rows: unknown[]; events: unknown[] }> {
  const { pool } = rig.installation;
  const { rows } = await pool.query('SELECT agent, behaviour FROM agent_behaviours ORDER BY agent');
  const { rows: events } = await pool.query(
    `SELECT kind, why FROM agent_events WHERE kind IN ('unusual', 'usual') ORDER BY id`,
  );
  return { rows, events };
}

it('counts every outcome once, and comes to the same as if it were left alone, however often its worker is killed', async () => {
  const { agents, pool } = rig.installation;
  await agents.add('default', [definitionOf('ada')]);
  await steadyBefore();
  await rig.startWorker(['sessions']);
  let worker = await rig.startWorker(['health']);
  await until('there is a first sweep', () => sweptAfter(0));
  const random = createRandom(seed);
  const storing = storeFailures();
  for (let kill = 0; kill < kills; kill++) {
    const from = Date.now();
    await until('there is another sweep', () => sweptAfter(from));
    await wait(random() * 1_500);
    await worker.kill();
    worker = await rig.startWorker(['health']);
  }
  await storing;
  await until('all are counted', async () => (await counted()) >= outcomes);
  const from = Date.now();
  await until('there is one more sweep', () => sweptAfter(from));
  await until('all are compared', async () => {
    const { rowCount } = await pool.query(
      'SELECT FROM agent_behaviours WHERE counted_until > (SELECT max(settled_at) FROM outcomes)',
    );
    return rowCount === 1;
  });
  // Not killed: PostgreSQL may still be at the last that a killed one has asked of it.
  await worker.stop();
  expect(await counted()).toBe(outcomes);
  const { stored, anew } = await detectors();
  expect(stored).toEqual(anew);

  const killed = await behaviours();
  await pool.query('DELETE FROM agent_behaviours');
  await pool.query(`DELETE FROM agent_events WHERE kind IN ('unusual', 'usual')`);
  await createAgentBehaviours(pool).observe(100);
  expect(await behaviours()).toEqual(killed);
  expect(killed.events).toMatchObject([{ kind: 'unusual', why: expect.stringContaining('fail') }]);
});

it('lets sessions go on while nobody looks, and looks again when its worker is back', async () => {
  await rig.startWorker(['sessions', 'agents']);
  const session = await rig.start({ tasks: { first: { agent: 'free' } } });
  await until('the session has ended', async () => (await session.overview()).endedAt !== null);
  expect((await session.overview()).status).toBe('succeeded');
  expect(await health.report('default')).toBeUndefined();
  await rig.startWorker(['health']);
  const found = [
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
  ];
  let report: HealthReport | undefined;
  // The first sweep may come before Temporal has heard of all workers, and upon a machine that is late.
  await until(`${found.join(', ')}: that is found, and no more amiss`, async () => {
    report = await health.report('default');
    const statuses = report?.findings.map(({ check, subject, status }) => `${check} ${subject} ${status}`);
    return report?.status === 'degraded' && found.every((one) => statuses?.includes(one));
  }).catch((error: unknown) => {
    throw new Error(`${(error as Error).message}, but ${JSON.stringify(report)}`);
  });
  expect(report?.recommendations.map(({ action }) => action)).toContain('Start one: `orchestra worker learning`.');
  const events = await health.events('default', 10);
  expect(events.map(({ to }) => to)).toContain('degraded');
});
