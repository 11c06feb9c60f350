import fc from 'fast-check';
import { runChecks } from '../../../src/domain/health/checks';
import type { Finding } from '../../../src/domain/health/finding';
import { findingKey, findingStatuses } from '../../../src/domain/health/finding';
import type { Measurements } from '../../../src/domain/health/measurements';
import { healthScore } from '../../../src/domain/health/score';
import { overallStatus } from '../../../src/domain/health/status';
import { calmShare, judge, thresholds } from '../../../src/domain/health/thresholds';
import { measured, now, work } from './measured';

const [healthy] = [measured()];
const [process] = healthy.processes;
const [sessions, agents] = healthy.queues;
if (!process || !sessions || !agents) throw new Error('the healthy system has them');

const unwell = (changes: Partial<Measurements>): Finding[] =>
  runChecks(measured(changes), new Map()).filter(({ status }) => status !== 'ok');

it('finds nothing where all is well, and says what it looked at', () => {
  expect(unwell({})).toEqual([]);
  expect(runChecks(healthy, new Map()).map(findingKey)).toEqual([
    'database',
    'database-latency',
    'database-connections',
    'temporal',
    'temporal-latency',
    'workers/sessions',
    'backlog/sessions',
    'workers/agents',
    'backlog/agents',
    'schedule/learning',
    'disk',
    'event-loop/box/1',
    'memory/box/1',
    'leases',
    'reservations',
    'untaken-outcomes',
    'agents',
  ]);
});

const database = { latencyMs: 1, connections: 10, maxConnections: 100, sizeBytes: 1e7 };
const learning = { role: 'learning' as const, id: 'orchestra.learning', everyMs: 15_000 };

test.each<[string, Partial<Measurements>, object]>([
  ['PostgreSQL away', { database: { problem: 'refused' }, work: null }, { check: 'database', status: 'critical' }],
  ['Temporal away', { temporal: { problem: 'refused' } }, { check: 'temporal', status: 'critical' }],
  [
    'slow queries',
    { database: { ...database, latencyMs: 300 } },
    { check: 'database-latency', status: 'warning', measured: 300, threshold: 250, unit: 'ms' },
  ],
  [
    'connections that run out',
    { database: { ...database, connections: 96 } },
    { check: 'database-connections', status: 'critical', measured: 0.96, threshold: 0.95 },
  ],
  ['a slow Temporal', { temporal: { latencyMs: 6_000 } }, { check: 'temporal-latency', status: 'critical' }],
  [
    'nobody who takes attempts, while sessions are open',
    { queues: [{ ...agents, isPolled: false }] },
    { check: 'workers', subject: 'agents', status: 'critical', action: 'Start one: `orchestra worker agents`.' },
  ],
  [
    'nobody who takes attempts, while there are none',
    { queues: [{ ...agents, isPolled: false }], work: work({ openSessions: 0 }) },
    { check: 'workers', subject: 'agents', status: 'warning' },
  ],
  [
    'nobody who learns, which nobody waits for',
    { queues: [{ ...agents, role: 'learning', isPolled: false }] },
    { check: 'workers', subject: 'learning', status: 'warning' },
  ],
  [
    'tasks that wait long for a worker',
    { queues: [{ ...sessions, backlog: 7, oldestMs: 90_000 }] },
    { check: 'backlog', status: 'warning', message: '7 tasks wait for a worker of sessions, the oldest for 1.5 min.' },
  ],
  [
    'a schedule that is not there',
    { schedules: [{ ...learning, state: 'missing', lastRunAt: null }] },
    { check: 'schedule', subject: 'learning', status: 'warning' },
  ],
  [
    'a schedule that somebody has paused',
    { schedules: [{ ...learning, state: 'paused', lastRunAt: now }] },
    { check: 'schedule', status: 'warning', action: expect.stringContaining('--unpause') },
  ],
  [
    'a schedule that did not run for three intervals',
    { schedules: [{ ...learning, state: 'running', lastRunAt: now - 180_000 }] },
    { check: 'schedule', status: 'warning', measured: 3, threshold: 3 },
  ],
  [
    'a disk that gets full',
    { disk: { path: '/data', freeBytes: 9e9, totalBytes: 1e11 } },
    { check: 'disk', status: 'warning', measured: 0.09, message: '8.4 GB of the disk of /data are free (9%).' },
  ],
  [
    'a process that is late',
    { processes: [{ ...process, eventLoopDelayMs: 400 }] },
    { check: 'event-loop', subject: 'box/1', status: 'warning' },
  ],
  [
    'a heap that is nearly full',
    { processes: [{ ...process, heapUsedBytes: 1.95e9 }] },
    { check: 'memory', subject: 'box/1', status: 'critical' },
  ],
  [
    'a process that takes all the memory there is, though its heap has room',
    { processes: [{ ...process, residentBytes: 7e9 }] },
    {
      check: 'memory',
      status: 'warning',
      measured: 0.875,
      message:
        'box/1 (sessions) uses 95 MB of its heap (5%), and 6.5 GB of the 7.5 GB of memory that there are for it (88%).',
    },
  ],
  [
    'a database that fills the disk which somebody has stated',
    { disk: { statedBytes: 1.02e7 } },
    {
      check: 'disk',
      status: 'critical',
      threshold: 0.03,
      message: 'The database has 9.5 MB of the 9.7 MB on its disk: 2% are free.',
    },
  ],
  [
    'a database whose disk nobody knows',
    { disk: { statedBytes: null } },
    {
      check: 'disk',
      status: 'unknown',
      measured: null,
      message: 'How large the database may become on its disk is not known; it has 9.5 MB.',
      action: 'State it: ORCHESTRA_DATABASE_DISK_GB.',
    },
  ],
  ['a lease that leaks', { work: work({ leakedLeases: 1 }) }, { check: 'leases', status: 'warning', threshold: 1 }],
  ['a reservation that leaks', { work: work({ leakedReservations: 2 }) }, { check: 'reservations', status: 'warning' }],
  [
    'outcomes that nobody heard of',
    { work: work({ untakenOutcomes: 100 }) },
    { check: 'untaken-outcomes', status: 'critical' },
  ],
  [
    'an agent that does worse than it did',
    { work: work({ unusualAgents: [{ agent: 'ada', whys: ['fails more than it did', 'costs more than it did'] }] }) },
    {
      check: 'agents',
      subject: 'ada',
      status: 'warning',
      message: 'ada fails more than it did; it costs more than it did.',
      action: 'Look at it: `orchestra agents show ada`.',
    },
  ],
  [
    'outcomes that nobody learns from',
    { work: work({ oldestUnlearnedMs: 700_000 }) },
    { check: 'unlearned-outcomes', status: 'warning', action: 'Start a worker: `orchestra worker learning`.' },
  ],
])('finds %s, and says what to do', (_, changes, expected) => {
  const found = unwell(changes);
  expect(found).toEqual([expect.objectContaining(expected)]);
  expect(found[0]?.action).toMatch(/\.$/);
});

it('judges the memory of a process that does not say how much there is by its heap', () => {
  const [told] = [measured({ processes: [{ ...process, residentBytes: 7e9, memoryLimitBytes: null }] })];
  const finding = runChecks(told, new Map()).find(({ check }) => check === 'memory');
  expect(finding).toMatchObject({ status: 'ok', message: expect.stringMatching(/, and 6\.5 GB in all\.$/) });
});

it('keeps a finding until the value is well behind its limit', () => {
  const of = (latencyMs: number, before: Finding['status']) =>
    runChecks(measured({ temporal: { latencyMs } }), new Map([['temporal-latency', before]])).find(
      ({ check }) => check === 'temporal-latency',
    )?.status;
  expect([of(490, 'ok'), of(490, 'warning'), of(449, 'warning')]).toEqual(['ok', 'warning', 'ok']);
});

test('a value that goes to and fro around a limit changes the finding once', () => {
  const level = fc.constantFrom(...Object.values(thresholds));
  const around = fc.array(fc.double({ min: -0.9, max: 0.9, noNaN: true }), { minLength: 1, maxLength: 50 });
  fc.assert(
    fc.property(level, around, (threshold, wobbles) => {
      let [status, changes]: [Finding['status'], number] = ['ok', 0];
      for (const wobble of wobbles) {
        const next = judge(threshold.warning * (1 + wobble * calmShare * 0.9), threshold, status);
        if (next !== status) changes += 1;
        status = next;
      }
      expect(changes).toBeLessThanOrEqual(1);
    }),
  );
});

describe('the status', () => {
  test.each([
    [['ok', 'ok'], 'healthy'],
    [[], 'healthy'],
    [['ok', 'warning'], 'degraded'],
    [['warning', 'warning'], 'degraded'],
    [['warning', 'warning', 'warning'], 'warning'],
    [['warning', 'warning', 'warning', 'critical'], 'critical'],
    [['critical'], 'critical'],
  ] as const)('of %j is %s', (statuses, status) => {
    expect(overallStatus(statuses)).toBe(status);
  });

  it('never gets better by one more warning', () => {
    const order = ['healthy', 'degraded', 'warning', 'critical'];
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...findingStatuses)), (statuses) => {
        const rank = (all: typeof statuses): number => order.indexOf(overallStatus(all));
        expect(rank([...statuses, 'warning'])).toBeGreaterThanOrEqual(rank(statuses));
      }),
    );
  });
});

describe('the score', () => {
  it('is the sum of its parts: all, half of a part with a warning, nothing of a critical one', () => {
    expect(healthScore(runChecks(healthy, new Map()), []).total).toBe(100);
    expect(healthScore(unwell({ temporal: { latencyMs: 600 } }), []).total).toBe(88);
    const findings = unwell({ database: { problem: 'away' }, work: null });
    expect(healthScore(findings, []).parts).toMatchObject({
      database: { points: 0, of: 25 },
      temporal: { points: 25 },
    });
    expect(healthScore([], ['temporal'])).toMatchObject({ total: 95, parts: { temporal: { points: 20, of: 25 } } });
  });
});
