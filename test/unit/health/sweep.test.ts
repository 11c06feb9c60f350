import { checkSystem, inspectSystem } from '../../../src/activities/health/check-system';
import type { HealthStore } from '../../../src/contracts/ports/health-store';
import type { Measurements } from '../../../src/domain/health/measurements';
import type { SweepPast, SweepResult } from '../../../src/domain/health/sweep';
import { sweep } from '../../../src/domain/health/sweep';
import { measured, now, work } from './measured';

const sweepMs = 30_000;
const nothing: SweepPast = { report: undefined, detectors: {}, ended: 0, failed: 0, history: {} };

/** Sweeps one after the other, each with the past that those before have left. */
function swept(
  each: readonly Partial<Measurements>[],
  counts: Partial<SweepPast> = {},
  before?: SweepResult,
): SweepResult {
  let result = before;
  each.forEach((changes, at) => {
    const past = { ...nothing, ...counts, ...(result && { report: result.report, detectors: result.detectors }) };
    // What has to run every few seconds has run.
    const schedules: [] = [];
    result = sweep(
      measured({ at: (result?.report.at ?? now) + (at === 0 && !before ? 0 : sweepMs), schedules, ...changes }),
      past,
    );
  });
  if (!result) throw new Error('there was no sweep');
  return result;
}

const times = (count: number, changes: Partial<Measurements> = {}) => Array.from({ length: count }, () => changes);

describe('a sweep', () => {
  it('calls a system healthy in which all is well, with nothing to do', () => {
    const { report, events } = swept([{}]);
    expect(report).toMatchObject({ status: 'healthy', score: { total: 100 }, recommendations: [] });
    expect(events).toEqual([]);
  });

  it('tells of a finding when it comes, when it gets worse and when it is over, and not in between', () => {
    const told: string[] = [];
    let before: SweepResult | undefined;
    for (const latencyMs of [1, 600, 600, 7_000, 1, 1]) {
      before = swept([{ temporal: { latencyMs } }], {}, before);
      told.push(before.events.map(({ subject, from, to }) => `${subject} ${from} ${to}`).join(', '));
    }
    expect(told).toEqual([
      '',
      ' healthy degraded, temporal-latency ok warning',
      '',
      ' degraded critical, temporal-latency warning critical',
      ' critical healthy, temporal-latency critical ok',
      '',
    ]);
  });

  it('tells that it is over where a process has ended that was not well', () => {
    const [process] = measured().processes;
    if (!process) throw new Error('there is a process');
    const late = swept([{ processes: [{ ...process, eventLoopDelayMs: 500 }] }]);
    expect(swept([{ processes: [] }], {}, late).events).toMatchObject([
      { type: 'status-changed', to: 'healthy' },
      { subject: 'event-loop/box/1', from: 'warning', to: 'ok' },
    ]);
  });

  it('recommends what is critical first, each action once', () => {
    const [sessions, agents] = measured().queues;
    if (!sessions || !agents) throw new Error('there are queues');
    const { report } = swept([
      {
        queues: [sessions, { ...agents, isPolled: false }],
        work: work({ leakedLeases: 1, untakenOutcomes: 1 }),
      },
    ]);
    expect(report.recommendations).toEqual([
      { action: 'Start one: `orchestra worker agents`.', because: expect.stringContaining('and sessions wait') },
      { action: 'See to it that one runs: `orchestra worker sessions`.', because: expect.stringContaining('leases') },
    ]);
  });

  it('notices that attempts stop ending while some are in flight, though no limit is passed', () => {
    const busy = swept(times(60), { ended: 40 });
    expect(busy.report.anomalies).toEqual([]);
    const stuck = swept([{}], { ended: 0 }, busy);
    expect(stuck.report).toMatchObject({
      status: 'degraded',
      score: { total: 97 },
      anomalies: [{ metric: 'attempts.ended', kind: 'deviation', worst: 0 }],
    });
    expect(stuck.events).toContainEqual(expect.objectContaining({ type: 'anomaly-opened', subject: 'attempts.ended' }));
    const over = swept(times(4), { ended: 40 }, stuck);
    expect(over.report.status).toBe('healthy');
    expect(over.events).toContainEqual(expect.objectContaining({ type: 'anomaly-closed', subject: 'attempts.ended' }));
  });

  it('does not mind that nothing ends where nothing is to be done', () => {
    const busy = swept(times(60), { ended: 40 });
    const idle = swept([{ work: work({ running: 0 }) }], { ended: 0 }, busy);
    expect(idle.report.anomalies).toEqual([]);
  });

  it('leaves alone what is unusual and too little to matter', () => {
    const usual = swept(times(60));
    expect(swept(times(2, { temporal: { latencyMs: 60 } }), {}, usual).report.anomalies).toEqual([]);
    expect(swept(times(2, { temporal: { latencyMs: 400 } }), {}, usual).report.anomalies).toHaveLength(1);
  });

  it('takes what lasts for an hour for the new normal', () => {
    const usual = swept(times(60));
    const slow = swept(times(119, { temporal: { latencyMs: 400 } }), {}, usual);
    expect(slow.report.anomalies).toHaveLength(1);
    const adopted = swept(times(60, { temporal: { latencyMs: 400 } }), {}, slow);
    expect(adopted.report.anomalies).toEqual([]);
  });

  it('predicts from the samples before it', () => {
    const history = Array.from({ length: 100 }, (_, at) => ({ at: now - (100 - at) * sweepMs, value: 1e9 - 5e6 * at }));
    const disk = { path: '/data', freeBytes: 5e8, totalBytes: 6e8 };
    const { report, samples } = swept([{ disk }], { history: { 'disk.free': history } });
    expect(report.predictions).toMatchObject([{ what: 'disk' }]);
    expect(report.recommendations).toHaveLength(1);
    expect(samples['disk.free']).toBe(5e8);
  });

  it('predicts when a database elsewhere fills the disk that was stated for it, by how it has grown', () => {
    const history = Array.from({ length: 100 }, (_, at) => ({ at: now - (100 - at) * sweepMs, value: 5e6 * at }));
    const database = { latencyMs: 1, connections: 10, maxConnections: 100, sizeBytes: 5e8 };
    const grown = (statedBytes: number | null): SweepResult =>
      swept([{ database, disk: { statedBytes } }], { history: { 'database.size': history } });
    const { report, samples } = grown(1e9);
    expect(report.predictions).toMatchObject([{ what: 'disk', message: 'The disk of the database gets full' }]);
    expect(samples).toMatchObject({ 'database.size': 5e8 });
    expect(grown(null).report.predictions).toEqual([]);
  });

  it('says what nobody knows, which makes nothing better or worse and changes nothing', () => {
    const { report, events } = swept([{ disk: { statedBytes: null } }]);
    expect(report).toMatchObject({ status: 'healthy', score: { total: 100 } });
    expect(report.recommendations).toEqual([
      { action: 'State it: ORCHESTRA_DATABASE_DISK_GB.', because: expect.stringContaining('is not known') },
    ]);
    expect(events).toEqual([]);
  });
});

describe('checking the system', () => {
  const raised = { type: 'raised', alert: 'low', at: now, message: 'It is low.', rule: null } as const;
  const system = measured();
  const servers = {
    temporal: async () => ({ latencyMs: 3, queues: [...system.queues], schedules: [...system.schedules] }),
    disk: async () => system.disk,
  };
  const reading = {
    measureDatabase: async () => ({ latencyMs: 1, connections: 10, maxConnections: 100, sizeBytes: 1e7 }),
    processes: async () => [...system.processes],
    measureWork: async () => work(),
  };
  const refuse = (): never => {
    throw new Error('the test did not expect it');
  };

  it('takes in what agents did, stores a sweep for each workspace, and tells what changed', async () => {
    const stored: string[] = [];
    const store: HealthStore = {
      ...reading,
      measureWork: async (workspace) => work({ leakedLeases: workspace === 'other' ? 1 : 0 }),
      workspaces: async () => ['default', 'other'],
      reportProcess: refuse,
      report: refuse,
      events: refuse,
      record: async (workspace, { id }, _, judge) => {
        stored.push(`${workspace} ${id}`);
        return judge(nothing);
      },
    };
    const told: string[] = [];
    const changed = {
      agent: { workspace: 'other', name: 'ada' },
      event: { kind: 'unusual' as const, why: 'it fails' },
    };
    const left = [
      { changed: [], again: true },
      { changed: [changed], again: false },
    ];
    const batches = async () => left.shift() ?? refuse();
    const statuses = await checkSystem(
      {
        store,
        servers,
        workspace: 'default',
        behaviours: { observe: batches },
        tell: (workspace, { to }) => told.push(`${workspace} ${to}`),
        tellOfAgent: ({ name }, { kind }) => told.push(`${name} ${kind}`),
        judgeAlerts: async (workspace, sweep, { healthScore }) =>
          workspace === 'other' ? [{ ...raised, id: sweep.id, value: healthScore }] : [],
        deliverAlerts: async () => stored.push('delivered'),
        now: () => now,
      },
      'sweep 1',
    );
    expect(statuses).toEqual({ default: 'healthy', other: 'degraded' });
    expect(stored).toEqual(['default sweep 1', 'other sweep 1', 'delivered']);
    expect(told).toEqual(['ada unusual', 'other degraded', 'other warning', 'other raised']);
  });

  it('is critical, and stores nothing, without PostgreSQL', async () => {
    const store: HealthStore = {
      ...reading,
      measureDatabase: () => Promise.reject(new Error('connection refused')),
      workspaces: refuse,
      reportProcess: refuse,
      report: refuse,
      events: refuse,
      record: refuse,
    };
    const alerting = { judgeAlerts: refuse, deliverAlerts: refuse };
    const behaviours = { observe: refuse };
    const dependencies = {
      store,
      behaviours,
      servers,
      workspace: 'default',
      tell: refuse,
      tellOfAgent: refuse,
      ...alerting,
      now: () => now,
    };
    expect(await checkSystem(dependencies, 'sweep 1')).toEqual({ default: 'critical' });
  });

  it('can be done without a worker, and says when Temporal is away', async () => {
    const away = { ...servers, temporal: () => Promise.reject(new Error('connection refused')) };
    const report = await inspectSystem({ store: reading, servers: away, now: () => now }, 'default');
    expect(report.status).toBe('critical');
    expect(report.findings).toContainEqual(
      expect.objectContaining({ check: 'temporal', message: 'Temporal does not answer: connection refused' }),
    );
  });
});
