import fc from 'fast-check';
import { displayWidth } from '../../../src/cli/terminal/display-width';
import { createStyle } from '../../../src/cli/terminal/style';
import { liveView } from '../../../src/cli/watch/live-view';
import { taskRows } from '../../../src/cli/watch/task-rows';
import type { RunOverview } from '../../../src/contracts/ports/session-catalog';
import { TaskStatus } from '../../../src/domain/session/state';
import { overviewOf, runOf, startTime } from './fixtures';

const style = createStyle(false);
const now = startTime + 12_300;

function view(runs: RunOverview[], size = { columns: 80, rows: 24 }): string[] {
  const overview = overviewOf({
    progress: { ...overviewOf().progress, total: 8, succeeded: 3, failed: 1, percent: 50.5 },
  });
  return liveView({ overview, tasks: taskRows(runs), now, hints: ['Ctrl-C cancels the session'] }, { ...size, style });
}

test('a task is a line with its sign, name, agent, time and what there is to say', () => {
  const lines = view([
    runOf('list', {
      status: 'succeeded',
      agent: 'run:list',
      attempts: 1,
      startedAt: startTime,
      endedAt: startTime + 400,
    }),
    runOf('fix', {
      status: 'running',
      agent: 'writer',
      attempts: 2,
      startedAt: startTime + 300,
      progressPercent: 40.2,
      progressMessage: 'reading files',
    }),
    runOf('review', {
      status: 'failed',
      agent: 'session',
      attempts: 3,
      startedAt: startTime,
      endedAt: now,
      error: 'no\nluck',
    }),
    runOf('late', { status: 'waiting', reason: 'rate-limit', agent: 'writer', attempts: 1, startedAt: startTime }),
    runOf('edit', { status: 'waiting', reason: 'conflict', waitsFor: 'file:a, which task x has' }),
    runOf('odd', { status: 'skipped', reason: 'condition' }),
    runOf('last'),
  ]);
  expect(lines).toEqual([
    'hello-k3f9x2  running',
    '✔ list    run          0.4s',
    '⠸ fix     writer        12s  attempt 2 · 40% · reading files',
    '✖ review  sub-plan      12s  3 attempts · no luck',
    '… late    writer        12s  waits for its rate limit',
    '… edit                       waits: file:a, which task x has',
    '- odd                        its condition is false',
    '· last                     ',
    '━━━━━━━━━━━━────────────  50%  4/8 tasks  1 failed  12s',
    'Ctrl-C cancels the session',
  ]);
});

test('a fan-out is one line that counts its items', () => {
  const [, line] = view([
    runOf('each', { status: 'queued', items: 4 }),
    runOf('each', {
      item: 0,
      status: 'succeeded',
      agent: 'reader',
      startedAt: startTime + 300,
      endedAt: now,
      attempts: 1,
    }),
    runOf('each', {
      item: 1,
      status: 'failed',
      agent: 'reader',
      startedAt: startTime + 900,
      endedAt: now,
      attempts: 3,
    }),
    runOf('each', { item: 2, status: 'running', agent: 'reader', startedAt: now, attempts: 1 }),
    runOf('each', { item: 3, status: 'queued' }),
  ]);
  expect(line).toMatch(/^⠸ each {2}reader {6}12s {2}1\/4 items · 1 failed · 1 running/);
});

test('of more tasks than fit, the ones that move are shown, then what failed, and the rest is counted', () => {
  const runs = Array.from({ length: 5_000 }, (_, at) => {
    const status = at < 2_000 ? 'succeeded' : at === 3_000 ? 'failed' : at === 4_000 ? 'running' : 'pending';
    return runOf(`task${at}`, { status, ...(at < 2_000 && { startedAt: startTime, endedAt: startTime + at }) });
  });
  const lines = view(runs, { columns: 80, rows: 10 });
  expect(lines).toHaveLength(9);
  expect(lines[1]).toContain('task4000');
  expect(lines[2]).toContain('task3000');
  expect(lines[3]).toContain('task1999');
  expect(lines[6]).toBe('  and 4995 more: 1997 succeeded, 2998 pending');
});

test('what agents say cannot reach the terminal as a command', () => {
  const lines = view([
    runOf('evil', {
      status: 'running',
      agent: '\u001b]0;owned\u0007',
      startedAt: startTime,
      progressMessage: '\u001b[2J\u001b[31mred\r\nline',
    }),
  ]);
  expect(lines.join('')).not.toMatch(/\p{Cc}/u);
  expect(lines).toHaveLength(4);
});

test('whatever the session and the terminal, the view fits', () => {
  const runs = fc.array(
    fc.record({
      status: fc.constantFrom(...Object.values(TaskStatus)),
      name: fc.string({ unit: 'grapheme', minLength: 1, maxLength: 70 }),
      message: fc.option(fc.string({ unit: 'binary' })),
      items: fc.option(fc.nat(9)),
      startedAt: fc.option(fc.constant(startTime)),
    }),
    { maxLength: 40 },
  );
  fc.assert(
    fc.property(runs, fc.integer({ min: 4, max: 120 }), fc.integer({ min: 5, max: 50 }), (tasks, columns, rows) => {
      const lines = view(
        tasks.map(({ status, name, message, items, startedAt }) =>
          runOf(name, { status, items, startedAt, agent: message, progressMessage: message, error: message }),
        ),
        { columns, rows },
      );
      expect(lines.length).toBeLessThan(rows);
      for (const line of lines) expect(displayWidth(line)).toBeLessThanOrEqual(columns);
    }),
  );
});

test('a race says how many run, and once it is won who was first, also while others are still being stopped', () => {
  const racer = (item: number, parts: Partial<RunOverview>): RunOverview =>
    runOf('draft', { item, startedAt: startTime, ...parts });
  const running = [
    runOf('draft', { status: 'running', isRace: true, items: 3, startedAt: startTime }),
    racer(0, { status: 'failed', agent: 'ada' }),
    racer(1, { status: 'running', agent: 'bob' }),
    racer(2, { status: 'running', agent: 'eve' }),
  ];
  expect(view(running)[1]).toBe('⠸ draft  bob      12s  race of 3 · 1 failed · 2 running');
  const won = [
    runOf('draft', { status: 'succeeded', isRace: true, items: 3, agent: 'eve', startedAt: startTime, endedAt: now }),
    ...running.slice(1, 3),
    racer(2, { status: 'succeeded', agent: 'eve' }),
  ];
  expect(view(won)[1]).toBe('✔ draft  eve      12s  first of 3 · 1 failed · 1 running');
});
