import type { ScheduleOverview, ScheduleRequest } from '../../../src/client/schedules';
import type { Installation } from '../../../src/cli/ports';
import { startTime } from './fixtures';
import type { Ran } from './scripted-host';
import { client, installation, run } from './scripted-host';

const overview: ScheduleOverview = {
  name: 'nightly',
  planName: 'audit',
  planHash: 'f'.repeat(64),
  inputs: {},
  baseDirectory: '/home/ada',
  cron: ['0 3 * * *'],
  timeZone: 'Europe/Berlin',
  overlap: 'skip',
  catchUpMs: 60_000,
  createdAt: startTime,
  updatedAt: startTime,
  problem: null,
  paused: false,
  note: null,
  next: [startTime],
  recent: [{ scheduledAt: startTime, startedAt: startTime, session: 'nightly-20260301T090000Z' }],
  running: 0,
};
const plan = 'version: 1\nname: audit\ninputs: { repo: { type: string } }\ntasks: { look: { run: [ls] } }\n';

type Schedules = Installation['client']['schedules'];
const ran = (args: string[], schedules: Partial<Schedules>): Promise<Ran> =>
  run(['schedules', ...args], {
    files: { '/home/ada/audit.plan.yaml': plan },
    folder: {
      openRunning: async () => installation({ client: client({ schedules: schedules as Schedules }) }),
    },
  });

const create = ['create', 'nightly', 'audit.plan.yaml', '--cron', '0 3 * * *'];

test('a plan is scheduled with its inputs, and what comes next is printed', async () => {
  const requests: ScheduleRequest[] = [];
  const { exitCode, stdout } = await ran(
    [
      ...create,
      '--cron',
      '@weekly',
      '--time-zone',
      'Europe/Berlin',
      '--input',
      'repo=.',
      '--catch-up',
      '1h',
      '--paused',
    ],
    {
      create: async (request) => {
        requests.push(request);
        return overview;
      },
    },
  );
  expect(exitCode).toBe(0);
  expect(requests).toMatchObject([
    {
      name: 'nightly',
      cron: ['0 3 * * *', '@weekly'],
      timeZone: 'Europe/Berlin',
      overlap: 'skip',
      catchUpMs: 3_600_000,
      inputs: { repo: '.' },
      paused: true,
    },
  ]);
  expect(stdout).toContain('Schedule nightly: plan audit');
});

test.each([
  [['create', 'no good', 'audit.plan.yaml', '--cron', '@daily'], 'is no name'],
  [['create', 'nightly', 'audit.plan.yaml'], '--cron'],
  [[...create, '--catch-up', '1s'], '10s at least'],
  [[...create, '--overlap', 'panic'], 'panic'],
  [['backfill', 'nightly', '--from', 'yesterday', '--to', '2026-01-01T00:00:00Z'], 'ISO 8601'],
])('%j is refused', async (args, words) => {
  const { exitCode, stderr } = await ran(args, {});
  expect([exitCode, stderr]).toEqual([2, expect.stringContaining(words)]);
});

test('schedules are listed and shown, for people and for programs', async () => {
  const listed = await ran(['list'], { list: async () => [overview] });
  expect(listed.stdout).toContain('nightly-20260301T090000Z');
  const shown = await ran(['show', 'nightly', '-o', 'json'], { get: async () => overview });
  expect(JSON.parse(shown.stdout)).toMatchObject({
    name: 'nightly',
    next: [new Date(startTime).toISOString()],
    recent: [{ session: 'nightly-20260301T090000Z' }],
  });
});

test('a schedule is told what to do', async () => {
  const told: unknown[] = [];
  const note =
    (name: string) =>
    async (...given: unknown[]): Promise<never> =>
      told.push([name, ...given]) as never;
  const schedules = {
    pause: note('pause'),
    resume: note('resume'),
    trigger: note('trigger'),
    remove: note('remove'),
    backfill: note('backfill'),
  };
  for (const args of [
    ['pause', 'nightly', '--note', 'why'],
    ['resume', 'nightly'],
    ['trigger', 'nightly', '--overlap', 'allow-all'],
    ['backfill', 'nightly', '--from', '2026-01-01T00:00:00Z', '--to', '2026-01-02T00:00:00Z'],
    ['delete', 'nightly'],
  ])
    expect((await ran(args, schedules)).exitCode).toBe(0);
  expect(told).toEqual([
    ['pause', 'nightly', 'why'],
    ['resume', 'nightly', undefined],
    ['trigger', 'nightly', { overlap: 'allow-all' }],
    ['backfill', 'nightly', { from: Date.UTC(2026, 0, 1), to: Date.UTC(2026, 0, 2) }],
    ['remove', 'nightly'],
  ]);
});
