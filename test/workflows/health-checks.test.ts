import { mkdtemp, rm, statfs } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspectSystem } from '../../src/activities/health/check-system';
import { healthQueue } from '../../src/contracts/protocol/queues';
import { runChecks } from '../../src/domain/health/checks';
import type { Finding } from '../../src/domain/health/finding';
import type { QueueMeasurement } from '../../src/domain/health/measurements';
import { readConfiguration } from '../../src/main/configuration';
import { createServerProbe } from '../../src/main/server-probe';
import { openTestInstallation } from '../helpers/servers/test-installation';
import type { TestInstallation } from '../helpers/servers/test-installation';
import { until } from '../helpers/until';

let installation: TestInstallation;

beforeEach(async () => (installation = await openTestInstallation({ ORCHESTRA_HEALTH_INTERVAL_MS: '1000' })));
afterEach(() => installation.close());

/** What is found now, by check and subject. */
async function found(): Promise<Map<string, Finding>> {
  const dependencies = { store: installation.health, servers: createServerProbe(installation), now: Date.now };
  const { findings } = await inspectSystem(dependencies, 'default');
  return new Map(findings.map((finding) => [`${finding.check} ${finding.subject}`.trim(), finding]));
}

const start = () =>
  installation.start('version: 1\nname: p\nagents: { a: { connector: simulated } }\ntasks: { t: { agent: a } }\n');

it('nobody who takes attempts is critical while a session is open, and what waits for them is counted', async () => {
  await installation.startWorkers(['sessions']);
  const session = await start();
  await until('its attempt waits for a worker', async () => {
    const { queues } = await createServerProbe(installation).temporal();
    return (queues.find(({ role }) => role === 'agents')?.backlog ?? 0) > 0;
  });
  const before = await found();
  expect([before.get('workers sessions')?.status, before.get('workers agents')?.status]).toEqual(['ok', 'critical']);
  expect(before.get('workers agents')?.action).toBe('Start one: `orchestra worker agents`.');
  await installation.startWorkers(['agents']);
  await session.result();
  const after = await found();
  expect([after.get('workers agents')?.status, after.get('backlog agents')?.status]).toEqual(['ok', 'ok']);
});

it('the age of what waits for a worker is told by Temporal, and is a warning after a minute', async () => {
  await installation.startWorkers(['sessions']);
  await start();
  const probe = createServerProbe(installation);
  let queues: QueueMeasurement[] = [];
  await until('the oldest has waited for a while', async () => {
    ({ queues } = await probe.temporal());
    return (queues.find(({ role }) => role === 'agents')?.oldestMs ?? 0) > 200;
  });
  // A minute later, with a worker that does not keep up.
  const waiting = queues.map((queue) => ({ ...queue, isPolled: true, oldestMs: queue.oldestMs === 0 ? 0 : 90_000 }));
  const measured = { at: 0, database: { problem: '' }, temporal: { latencyMs: 1 }, queues: waiting, schedules: [] };
  const findings = runChecks({ ...measured, disk: null, processes: [], work: null }, new Map());
  const backlog = findings.find(({ check, subject }) => check === 'backlog' && subject === 'agents');
  expect([backlog?.status, backlog?.message]).toEqual(['warning', expect.stringContaining('1 tasks wait')]);
});

it('a schedule is missing before its worker has ever been started, runs with it, and is found where somebody pauses it', async () => {
  expect((await found()).get('schedule health')).toMatchObject({
    status: 'warning',
    message: 'There is no schedule for health.',
  });
  await installation.startWorkers(['sessions', 'health']);
  const statusOf = async () => (await found()).get('schedule health')?.status;
  await until('it runs', async () => (await statusOf()) === 'ok');
  const schedule = installation.temporal.schedule.getHandle(healthQueue(installation.configuration.taskQueue));
  await schedule.pause('a test');
  expect((await found()).get('schedule health')).toMatchObject({
    status: 'warning',
    action: expect.stringContaining('--unpause'),
  });
  await schedule.unpause();
  expect(await statusOf()).toBe('ok');
});

it('sweeps come as often as the setting says', async () => {
  await installation.startWorkers(['sessions', 'health']);
  const sweeps = async (): Promise<number> => {
    const { rows } = await installation.pool.query<{ count: number }>(
      `SELECT count(DISTINCT at)::int AS count FROM health_samples WHERE workspace = 'default'`,
    );
    return rows[0]?.count ?? 0;
  };
  // With the default of 30 s, there would be one.
  await until('there are three sweeps', async () => (await sweeps()) >= 3);
});

it('the disk that is looked at is that of the data folder of embedded servers', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'orchestra-disk-'));
  const { databaseUrl: _, ...configuration } = { ...installation.configuration, dataDirectory: folder };
  const disk = await createServerProbe({ ...installation, configuration }).disk();
  const { bsize, blocks } = await statfs(folder);
  await rm(folder, { recursive: true });
  expect(disk).toMatchObject({ path: folder, totalBytes: bsize * blocks, freeBytes: expect.any(Number) });
});

it('of a database elsewhere nobody knows the disk, unless somebody has stated how large it may become', async () => {
  const elsewhere = { DATABASE_URL: 'postgres://elsewhere/orchestra' };
  const disk = (environment: NodeJS.ProcessEnv) =>
    createServerProbe({ ...installation, configuration: readConfiguration(environment) }).disk();
  expect(await disk(elsewhere)).toEqual({ statedBytes: null });
  expect(await disk({ ...elsewhere, ORCHESTRA_DATABASE_DISK_GB: '0.5' })).toEqual({ statedBytes: 512 * 1024 ** 2 });
});
