import type { Health } from '../../../src/cli/ports';
import type { HealthReport } from '../../../src/domain/health/report';
import { sweep } from '../../../src/domain/health/sweep';
import { measured, work } from '../health/measured';
import { installation, run } from './scripted-host';
import type { Ran } from './scripted-host';

const now = Date.UTC(2026, 2, 1, 9, 1);
const everyMs = 30_000;

const reportAt = (at: number, leakedLeases = 0): HealthReport =>
  sweep(measured({ at, work: work({ leakedLeases }) }), {
    report: undefined,
    detectors: {},
    ended: 0,
    failed: 0,
    history: {
      'disk.free': Array.from({ length: 100 }, (_, n) => ({ at: at - (100 - n) * everyMs, value: 1e11 - 5e8 * n })),
    },
  }).report;

function health(args: string[], source: Partial<Health>): Promise<Ran> {
  const unexpected = (): never => {
    throw new Error('the test did not expect it');
  };
  const server = installation({
    health: { everyMs, report: unexpected, events: unexpected, inspect: unexpected, ...source },
  });
  return run(['health', ...args], { folder: { openRunning: async () => server } });
}

test('says what is not well, what is to come, and what to do', async () => {
  const { stdout, exitCode } = await health([], { report: async () => reportAt(now - 12_000, 3) });
  expect(stdout).toMatch(/^degraded {2}93 of 100 {2}looked 12s ago$/m);
  expect(stdout).toContain('database 25/25 · temporal 25/25 · workers 20/20 · resources 15/15 · work 7.5/15');
  expect(stdout).toMatch(/^warning +leases +3 leases were not released in their time\.$/m);
  expect(stdout).toContain('16 of 17 checks are ok.');
  expect(stdout).toMatch(/To come\n {2}The disk of the data folder gets full in about/);
  expect(stdout).toMatch(/What to do\n {2}See to it that one runs: `orchestra worker sessions`\./);
  expect(exitCode).toBe(0);
});

test('lists what is well, too, when asked', async () => {
  const { stdout } = await health(['--all'], { report: async () => reportAt(now) });
  expect(stdout).toMatch(/^ok +temporal +Temporal answers\.$/m);
});

test('fails where something is critical', async () => {
  const { stdout, exitCode } = await health([], { report: async () => reportAt(now, 100) });
  expect(stdout).toMatch(/^critical/);
  expect(exitCode).toBe(1);
});

test.each([
  ['nobody has looked', undefined],
  ['nobody has looked for three intervals', reportAt(now - 3 * everyMs)],
])('looks itself where %s', async (_, stored) => {
  const { stdout } = await health([], { report: async () => stored, inspect: async () => reportAt(now) });
  expect(stdout).toContain('looked now, because no health worker did');
});

test('prints all of it as JSON', async () => {
  const { stdout } = await health(['-o', 'json'], { report: async () => reportAt(now, 1) });
  expect(JSON.parse(stdout)).toMatchObject({
    at: '2026-03-01T09:01:00.000Z',
    lookedBy: 'health worker',
    status: 'degraded',
    score: { total: 93, parts: { work: { points: 7.5, of: 15 } } },
    findings: expect.arrayContaining([expect.objectContaining({ check: 'leases', measured: 1, threshold: 1 })]),
    anomalies: [],
    predictions: [{ what: 'disk', at: expect.stringMatching(/^2026-03-01T/) }],
    recommendations: [{ action: expect.stringContaining('orchestra worker sessions') }, {}],
  });
});

test('lists what changed last', async () => {
  const event = { type: 'status-changed' as const, subject: '', from: 'healthy', to: 'degraded', message: 'It is.' };
  const events = async (limit: number) => Array.from({ length: limit }, () => ({ ...event, at: now }));
  const { stdout } = await health(['--events', '2'], { events });
  expect(stdout.match(/all {3}healthy → degraded {2}It is\./g)).toHaveLength(2);
  const json = await health(['--events', '1', '-o', 'json'], { events });
  expect(JSON.parse(json.stdout)).toEqual({ events: [{ ...event, at: '2026-03-01T09:01:00.000Z' }] });
});
