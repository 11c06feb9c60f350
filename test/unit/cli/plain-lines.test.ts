import { PlainLines } from '../../../src/cli/watch/plain-lines';
import { logOf, startTime } from './fixtures';

type Row = Parameters<typeof logOf>[0][number];

function linesOf(rows: readonly Row[]): string[] {
  const lines = new PlainLines();
  return logOf(rows).flatMap((row) => lines.next(row) ?? []);
}

/** Without the times. */
const wordsOf = (rows: readonly Row[]): string[] => linesOf(rows).map((line) => line.slice('   0.0s  '.length));

const failed = (run: string, attempt: number, data: Row['data'] = {}): Row => ({
  type: 'attempt-ended',
  run,
  attempt,
  data: { verdict: 'failed', ...data },
});

test('a task that goes well has two lines, with the time since the start', () => {
  expect(
    linesOf([
      { type: 'session-started', at: 0 },
      { type: 'task-queued', run: 'greet', at: 0 },
      { type: 'attempt-started', run: 'greet', attempt: 1, data: { agent: 'run:greet' }, at: 20 },
      { type: 'attempt-ended', run: 'greet', attempt: 1, data: { verdict: 'succeeded' }, at: 1_500 },
      { type: 'task-succeeded', run: 'greet', at: 1_500 },
      { type: 'session-ended', data: { status: 'partially_succeeded' }, at: 61_000 },
    ]),
  ).toEqual([
    '   0.0s  session started',
    '   0.0s  greet: started on run',
    '   1.5s  greet: succeeded',
    ' 1m 01s  session partially succeeded',
  ]);
});

test('a failed attempt says why and when the next one is, in one line', () => {
  expect(
    wordsOf([
      { type: 'session-started' },
      failed('fix', 1, { error: 'exit code 1:\n\u001b[31mno such file' }),
      { type: 'task-waiting', run: 'fix', data: { reason: 'retry', untilMs: startTime + 2_000 } },
      { type: 'task-queued', run: 'fix' },
      { type: 'attempt-started', run: 'fix', attempt: 2, data: { agent: 'writer' } },
      failed('fix', 2, { verdict: 'rate_limited' }),
      { type: 'task-waiting', run: 'fix', data: { reason: 'rate-limit', untilMs: startTime + 60_000 } },
      failed('fix', 3, { verdict: 'timed_out', error: 'it took 5s' }),
      { type: 'task-failed', run: 'fix', data: { reason: 'attempts' } },
    ]),
  ).toEqual([
    'session started',
    'fix: attempt 1 failed, next in 2.0s: exit code 1: no such file',
    'fix: started on writer, attempt 2',
    'fix: attempt 2 met a rate limit, next in 1m 00s',
    'fix: failed: attempt 3 timed out: it took 5s',
  ]);
});

test('a task that waits for what others have says what, and who', () => {
  const waitsFor = 'file:a, which task fix of session x writes';
  expect(
    wordsOf([
      { type: 'task-waiting', run: 'fix', data: { reason: 'conflict', waitsFor } },
      { type: 'task-waiting', run: 'each[3]', data: { reason: 'conflict', waitsFor } },
      { type: 'conflict-resolved', run: 'fix' },
    ]),
  ).toEqual([`fix: waits for ${waitsFor}`, 'fix: goes ahead in spite of the conflict']);
});

test('an attempt that did not count, or that a fallback takes over, is told of when its task is queued again', () => {
  expect(
    wordsOf([
      failed('fix', 1, { verdict: 'lost' }),
      { type: 'task-queued', run: 'fix' },
      failed('fix', 2, { error: 'broken' }),
      { type: 'task-failed', run: 'fix', data: { reason: 'attempts' } },
    ]),
  ).toEqual(['fix: attempt 1 was lost with its worker', 'fix: failed after 2 attempts: broken']);
});

test('a fan-out tells of its items at every tenth, and of each that fails', () => {
  const items = Array.from({ length: 40 }, (_, at): Row => ({ type: 'task-succeeded', run: `each[${at}]` }));
  const words = wordsOf([
    { type: 'task-expanded', run: 'each', data: { items: 41 } },
    { type: 'attempt-started', run: 'each[0]', attempt: 1, data: { agent: 'reader' } },
    ...items,
    failed('each[40]', 1, { error: 'unreadable' }),
    { type: 'task-failed', run: 'each[40]', data: { reason: 'attempts' } },
    { type: 'task-failed', run: 'each', data: { reason: 'items' } },
  ]);
  expect(words).toEqual([
    'each: 41 items',
    ...[5, 10, 15, 20, 25, 30, 35, 40].map((count) => `each: ${count} of 41 items succeeded`),
    'each[40]: failed: unreadable',
    'each: failed (items failed)',
  ]);
});

test('a race tells who runs, who fails and who was first', () => {
  expect(
    wordsOf([
      { type: 'race-started', run: 'draft', data: { racers: 3 } },
      { type: 'attempt-started', run: 'draft[0]', attempt: 1, data: { agent: 'ada' } },
      { type: 'attempt-started', run: 'draft[1]', attempt: 1, data: { agent: 'bob' } },
      { type: 'task-skipped', run: 'draft[2]', data: { reason: 'no-other-agent' } },
      failed('draft[0]', 1, { error: 'broken' }),
      { type: 'task-waiting', run: 'draft[0]', data: { reason: 'retry', untilMs: startTime + 2_000 } },
      { type: 'attempt-started', run: 'draft[0]', attempt: 2, data: { agent: 'ada' } },
      { type: 'task-succeeded', run: 'draft[1]' },
      { type: 'attempt-stopping', run: 'draft[0]', attempt: 2, data: { reason: 'race-lost' } },
      { type: 'race-won', run: 'draft', data: { winner: 'draft[1]', agent: 'bob' } },
      { type: 'task-succeeded', run: 'draft' },
      failed('draft[0]', 2, { verdict: 'cancelled' }),
      { type: 'task-cancelled', run: 'draft[0]', data: { reason: 'race-lost' } },
    ]),
  ).toEqual([
    'draft: race of 3 agents',
    'draft[0]: started on ada',
    'draft[1]: started on bob',
    'draft[2]: skipped (there was no other agent for it)',
    'draft[0]: attempt 1 failed, next in 2.0s: broken',
    'draft[0]: started on ada, attempt 2',
    'draft[0]: attempt 2 is being stopped, another agent was first',
    'draft: bob was first',
    'draft: succeeded',
    'draft[0]: cancelled (another agent was first)',
  ]);
});

test('what is skipped, cancelled, paused and reopened is told of with its reason', () => {
  expect(
    wordsOf([
      { type: 'session-paused', data: { reason: 'requested' } },
      { type: 'session-paused', data: { reason: 'now' } },
      { type: 'attempt-stopping', run: 'fix', attempt: 1, data: { reason: 'requeue' } },
      { type: 'session-resumed' },
      { type: 'task-skipped', run: 'review', data: { reason: 'need' } },
      { type: 'session-stopping', data: { reason: 'cancelled' } },
      failed('fix', 1, { verdict: 'cancelled' }),
      { type: 'task-cancelled', run: 'fix', data: { reason: 'session-cancelled' } },
      { type: 'task-cancelled', run: 'each[3]', data: { reason: 'session-cancelled' } },
      { type: 'session-ended', data: { status: 'cancelled' } },
      { type: 'session-reopened' },
      { type: 'task-reset', run: 'fix' },
    ]),
  ).toEqual([
    'session paused',
    'session paused (now)',
    'fix: attempt 1 is being stopped for the pause, to run again after it',
    'session resumed',
    'review: skipped (a task that it needs failed)',
    'session is stopping (cancelled)',
    'fix: cancelled (the session was cancelled)',
    'session cancelled',
    'session reopened',
    'fix: is tried again',
  ]);
});

test('an edit of the plan says who has edited what', () => {
  const data = {
    by: 'ada',
    added: ['report'],
    removed: ['old'],
    changed: { fix: ['prompt'] },
    settings: ['concurrency'],
  };
  expect(wordsOf([{ type: 'plan-edited', data }])).toEqual(['plan edited by ada: +report, ~fix, -old, concurrency']);
  const many = Array.from({ length: 10 }, (_, at) => `t${at}`);
  expect(wordsOf([{ type: 'plan-edited', data: { ...data, added: many } }])[0]).toMatch(/\+t0, .*\+t7 and 5 more$/);
});
