import type { HealthStore } from '../../src/contracts/ports/health-store';
import { buildReport } from '../../src/domain/health/report';
import type { SweepPast, SweepResult } from '../../src/domain/health/sweep';
import { createHealthStore } from '../../src/stores/health';
import { started } from './session-driver';
import { settlement } from './settlements';
import { openTestStores, testWorkspace } from './test-stores';
import type { TestStores } from './test-stores';

let stores: TestStores;
let health: HealthStore;

beforeAll(async () => {
  stores = await openTestStores();
  health = createHealthStore(stores.pool);
});
afterAll(() => stores.close());

let names = 0;
const fresh = (): string => `workspace-${++names}`;

/** What a sweep comes to that measured these samples. */
const resultAt = (at: number, samples: Record<string, number> = {}): SweepResult => ({
  report: buildReport(at, [], [], []),
  detectors: {},
  samples,
  events: [],
});

/** Records a sweep, and answers with the past that it was given. */
async function swept(
  workspace: string,
  id: string,
  at: number,
  samples: Record<string, number> = {},
  predicted: Record<string, number> = {},
): Promise<SweepPast | undefined> {
  let given: SweepPast | undefined;
  await health.record(workspace, { id, at }, predicted, (past) => {
    given = past;
    return resultAt(at, samples);
  });
  return given;
}

/** What attempts came to, so many seconds ago. */
async function outcomes(workspace: string, verdicts: string[], secondsAgo: number): Promise<void> {
  await stores.pool.query(
    `INSERT INTO outcomes (workspace, session, run, attempt, plan_name, task, agent, token, verdict, retryable, ended_at, evidence, settled_at)
     SELECT $1, $2, 'task', n, 'plan', 'task', 'ada', 0, verdict, true, now(), '[]', now() - $4 * interval '1 second'
     FROM unnest($3::text[]) WITH ORDINALITY AS x (verdict, n)`,
    [workspace, `s-${++names}`, verdicts, secondsAgo],
  );
}

const countAgain = (workspace: string, secondsAgo: number): Promise<unknown> =>
  stores.pool.query(`UPDATE health_status SET counted_until = now() - $2 * interval '1 second' WHERE workspace = $1`, [
    workspace,
    secondsAgo,
  ]);

describe('a sweep', () => {
  it('is stored once, however often it is repeated, and so is what an older one measured', async () => {
    const workspace = fresh();
    const at = Date.now();
    expect(await swept(workspace, 'one', at, { m: 1 })).toBeDefined();
    expect(await swept(workspace, 'one', at + 1, { m: 2 })).toBeUndefined();
    expect(await swept(workspace, 'two', at + 3, { m: 3 })).toBeDefined();
    expect(await swept(workspace, 'late', at + 2, { m: 4 })).toBeUndefined();
    expect((await health.report(workspace))?.at).toBe(at + 3);
    const { rows } = await stores.pool.query('SELECT value FROM health_samples WHERE workspace = $1 ORDER BY at', [
      workspace,
    ]);
    expect(rows).toEqual([{ value: 1 }, { value: 3 }]);
  });

  it('is stored whole or not at all', async () => {
    const workspace = fresh();
    const fails = health.record(workspace, { id: 'one', at: 1_000 }, {}, () => {
      throw new Error('killed');
    });
    await expect(fails).rejects.toThrow('killed');
    expect(await health.report(workspace)).toBeUndefined();
    expect(await swept(workspace, 'one', 1_000)).toBeDefined();
  });

  it('counts every outcome once, those of sweeps at the same time too', async () => {
    const workspace = fresh();
    await swept(workspace, 'first', Date.now());
    await countAgain(workspace, 100);
    await outcomes(workspace, ['succeeded', 'failed', 'timed_out', 'cancelled'], 60);
    // Settled this moment: others that settled before it may not have committed yet.
    await outcomes(workspace, ['failed'], 0);
    const now = Date.now();
    const pasts = await Promise.all([1, 2, 3].map((n) => swept(workspace, `sweep ${n}`, now + n)));
    const sums = pasts.flatMap((past) => past ?? []);
    expect(sums.reduce((sum, { ended }) => sum + ended, 0)).toBe(4);
    expect(sums.reduce((sum, { failed }) => sum + failed, 0)).toBe(2);
  });

  it('counts once what was settled in the very millisecond in which it looked', async () => {
    const workspace = fresh();
    await swept(workspace, 'first', Date.now());
    await countAgain(workspace, 60);
    // Five of each millisecond, before and after the moment up to which sweeps count.
    await stores.pool.query(
      `INSERT INTO outcomes (workspace, session, run, attempt, plan_name, task, agent, token, verdict, retryable, ended_at, evidence, settled_at)
       SELECT $1, 'dense', 'task', n, 'plan', 'task', 'ada', 0, 'failed', true, now(), '[]',
              now() - interval '6 seconds' + n * interval '200 microseconds'
       FROM generate_series(1, 10000) AS n`,
      [workspace],
    );
    let ended = 0;
    for (let n = 0; ended < 10_000; n++) ended += (await swept(workspace, `sweep ${n}`, Date.now() + n))?.ended ?? 0;
    expect(ended).toBe(10_000);
  });

  it('gets the samples of the past it asks for, evenly chosen, and forgets those of three days ago', async () => {
    const workspace = fresh();
    const [now, hour] = [Date.now(), 3_600_000];
    await stores.pool.query(
      `INSERT INTO health_samples SELECT $1, metric, now() - n * interval '30 seconds', n
       FROM generate_series(1, 8640) AS n, unnest(ARRAY['disk.free', 'budget', 'other']) AS metric`,
      [workspace],
    );
    const past = await swept(workspace, 'one', now, { 'disk.free': 0 }, { 'disk.free': hour, budget: 24 * hour });
    expect(Object.keys(past?.history ?? {}).sort()).toEqual(['budget', 'disk.free']);
    for (const [metric, pastMs] of Object.entries({ 'disk.free': hour, budget: 24 * hour })) {
      const samples = past?.history[metric] ?? [];
      expect(samples.length).toBeGreaterThanOrEqual(119);
      expect(samples.length).toBeLessThanOrEqual(121);
      // The first of each step of the time, oldest first: the value counts sweeps back.
      const apart = samples.slice(2, -1).map(({ value }, at) => (samples[at + 1]?.value ?? 0) - value);
      expect(new Set(apart)).toEqual(new Set([pastMs / 120 / 30_000]));
      expect(samples[0]?.at).toBeGreaterThanOrEqual(now - pastMs);
    }
    const { rows } = await stores.pool.query<{ oldest: number; count: number }>(
      `SELECT extract(epoch FROM now() - min(at))::float8 AS oldest, count(*) AS count FROM health_samples WHERE workspace = $1`,
      [workspace],
    );
    expect(rows[0]?.oldest).toBeLessThan(2 * 86_400 + 60);
    expect(rows[0]?.count).toBeGreaterThan(17_000);
  });

  it('tells what changed, the latest first', async () => {
    const workspace = fresh();
    const event = { type: 'status-changed' as const, subject: '', from: 'healthy', to: 'degraded', message: 'It is.' };
    await health.record(workspace, { id: 'one', at: Date.now() }, {}, (past) => ({
      ...resultAt(Date.now()),
      events: [event, { ...event, to: `after ${past.ended}` }],
    }));
    expect(await health.events(workspace, 10)).toMatchObject([{ to: 'after 0' }, event]);
    expect(await health.workspaces()).toContain(workspace);
  });
});

describe('processes', () => {
  it('are known by what they said last, for a minute', async () => {
    const workspace = fresh();
    const report = {
      process: 'machine/1',
      roles: ['sessions'],
      eventLoopDelayMs: 1.5,
      residentBytes: 3,
      heapUsedBytes: 1,
      heapLimitBytes: 2,
      memoryLimitBytes: 4,
    };
    await health.reportProcess(workspace, { ...report, roles: [] });
    await health.reportProcess(workspace, report);
    expect(await health.processes()).toEqual([report]);
    await stores.pool.query(`UPDATE process_reports SET reported_at = now() - interval '61 seconds'`);
    expect(await health.processes()).toEqual([]);
  });
});

describe('the database', () => {
  it('says how fast it is, and how many connections it has', async () => {
    const measured = await health.measureDatabase();
    expect(measured.latencyMs).toBeGreaterThan(0);
    expect(measured.connections).toBeGreaterThan(0);
    expect(measured.maxConnections).toBeGreaterThan(measured.connections);
    expect(measured.sizeBytes).toBeGreaterThan(1_000_000);
  });
});

const planText = `
version: 1
name: p
budget: { costUsd: 5 }
agents: { ada: { connector: simulated } }
tasks: { one: { agent: ada, reserve: { costUsd: 1 } }, two: { agent: ada, reserve: { costUsd: 1 } } }
`;

describe('work', () => {
  it('that is in flight is in order: nothing leaks', async () => {
    const workspace = fresh();
    const session = await stores.addSession(planText, { workspace });
    const { attempts } = await session.take(started);
    expect(await health.measureWork(workspace)).toEqual({
      openSessions: 1,
      running: 2,
      waiting: 0,
      leakedLeases: 0,
      leakedReservations: 0,
      untakenOutcomes: 0,
      unusualAgents: [],
      unavailableAgents: 0,
      oldestUnlearnedMs: null,
      budgets: [],
    });
    for (const attempt of attempts) {
      await stores.attempts.begin(attempt, 'worker');
      await stores.attempts.settle(settlement(attempt));
    }
    expect(await health.measureWork(workspace)).toMatchObject({ leakedReservations: 0, untakenOutcomes: 0 });
  });

  it('that got stuck is counted: leases, reservations, outcomes that nobody took in or learned from', async () => {
    const workspace = fresh();
    const session = await stores.addSession(planText, { workspace });
    const { attempts } = await session.take(started);
    const [first, second] = attempts;
    if (!first || !second) throw new Error('two attempts were expected');
    await stores.attempts.begin(first, 'worker');
    await stores.pool.query(`UPDATE leases SET expires_at = now() - interval '6 minutes' WHERE workspace = $1`, [
      workspace,
    ]);
    await stores.pool.query(
      `UPDATE budget_accounts SET reserved = reserved + 1 WHERE workspace = $1 AND unit = 'costMicros'`,
      [workspace],
    );
    await outcomes(workspace, ['succeeded'], 61);
    await stores.pool.query(
      `INSERT INTO outcomes_to_learn (workspace, session, run, attempt, agent_workspace, agent)
       SELECT workspace, session, run, attempt, workspace, agent FROM outcomes WHERE workspace = $1`,
      [workspace],
    );
    const measured = await health.measureWork(workspace);
    expect(measured).toMatchObject({ leakedLeases: 1, leakedReservations: 1, untakenOutcomes: 1 });
    expect(measured.oldestUnlearnedMs).toBeGreaterThanOrEqual(61_000);
    expect(await health.measureWork(testWorkspace)).toMatchObject({ leakedLeases: 0, untakenOutcomes: 0 });
  });
});
