import { exitCodeOfError, exitCodeOfStatus } from '../../../src/cli/exit-codes';
import { sessionReport } from '../../../src/cli/report/session-report';
import { sessionSummary } from '../../../src/cli/report/session-summary';
import { createStyle } from '../../../src/cli/terminal/style';
import { errorTable } from '../../../src/domain/errors';
import type { ErrorCode } from '../../../src/domain/errors';
import type { Json } from '../../../src/domain/json';
import { overviewOf, runOf, startTime } from './fixtures';

const ended = overviewOf({
  status: 'partially_succeeded',
  endedAt: startTime + 61_500,
  progress: { ...overviewOf().progress, total: 4, succeeded: 2, failed: 1, skipped: 1, percent: 100 },
  outputs: { greeting: 'Hello\u001b[31m', list: [1] },
  error: 'Task fix failed.',
});

const runs = [
  runOf('greet', {
    status: 'succeeded',
    agent: 'greeter',
    attempts: 2,
    startedAt: startTime,
    endedAt: startTime + 1_500.4,
  }),
  runOf('each', { status: 'succeeded', items: 3, endedAt: startTime + 9_000 }),
  runOf('each', { item: 0, status: 'succeeded', agent: 'reader', attempts: 1, startedAt: startTime + 3_000 }),
  runOf('each', { item: 1, status: 'succeeded', agent: 'reader', attempts: 4, startedAt: startTime + 2_000 }),
  runOf('each', { item: 2, status: 'succeeded', agent: 'reader', attempts: 1, startedAt: startTime + 4_000 }),
  runOf('fix', {
    status: 'failed',
    reason: 'attempts',
    agent: 'writer',
    attempts: 3,
    startedAt: startTime,
    error: 'exit code 1\nsecond line',
  }),
  runOf('odd', { status: 'skipped', reason: 'condition' }),
];

test('the report has exactly the keys that are promised', () => {
  const outputs = new Map<string, Json>([
    ['greet', { greeting: 'Hello' }],
    ['each[2]', 'two'],
    ['each[0]', 'zero'],
  ]);
  expect(sessionReport(ended, runs, outputs, 'default/hello-k3f9x2', startTime)).toStrictEqual({
    id: 'hello-k3f9x2',
    workflowId: 'default/hello-k3f9x2',
    plan: 'hello',
    status: 'partially_succeeded',
    startedAt: '2026-03-01T09:00:00.000Z',
    endedAt: '2026-03-01T09:01:01.500Z',
    durationMs: 61_500,
    eta: null,
    etaReason: null,
    progress: { total: 4, succeeded: 2, failed: 1, skipped: 1, cancelled: 0, percent: 100 },
    tasks: {
      greet: {
        status: 'succeeded',
        agent: 'greeter',
        attempts: 2,
        startedAt: '2026-03-01T09:00:00.000Z',
        endedAt: '2026-03-01T09:00:01.500Z',
        durationMs: 1_500,
        output: { greeting: 'Hello' },
        error: null,
        waitsFor: null,
      },
      each: {
        status: 'succeeded',
        agent: 'reader',
        attempts: 6,
        startedAt: '2026-03-01T09:00:02.000Z',
        endedAt: '2026-03-01T09:00:09.000Z',
        durationMs: 7_000,
        output: ['zero', null, 'two'],
        error: null,
        waitsFor: null,
      },
      fix: {
        status: 'failed',
        agent: 'writer',
        attempts: 3,
        startedAt: '2026-03-01T09:00:00.000Z',
        endedAt: null,
        durationMs: null,
        output: null,
        error: 'exit code 1\nsecond line',
        waitsFor: null,
      },
      odd: {
        status: 'skipped',
        agent: null,
        attempts: 0,
        startedAt: null,
        endedAt: null,
        durationMs: null,
        output: null,
        error: null,
        waitsFor: null,
      },
    },
    outputs: { greeting: 'Hello\u001b[31m', list: [1] },
    error: 'Task fix failed.',
  });
});

test('a fan-out that failed says which of its items did, and why', () => {
  const failedItems = [0, 1, 2, 3].map((item) =>
    runOf('each', { item, status: 'failed', agent: `agent${item}`, attempts: 1, error: `error ${item}` }),
  );
  const report = sessionReport(
    overviewOf(),
    [
      runOf('each', { status: 'failed', reason: 'items', items: 5 }),
      ...failedItems,
      runOf('each', { item: 4, status: 'succeeded' }),
    ],
    new Map(),
    'w',
    startTime,
  );
  expect(report.tasks['each']).toMatchObject({
    agent: null,
    error: '4 of 5 items failed: each[0]: error 0; each[1]: error 1; each[2]: error 2 (and 1 more)',
    output: [null, null, null, null, null],
  });
});

test('an empty fan-out has an empty list as its output', () => {
  const report = sessionReport(
    overviewOf(),
    [runOf('each', { status: 'succeeded', items: 0 })],
    new Map(),
    'w',
    startTime,
  );
  expect(report.tasks['each']).toMatchObject({ output: [], attempts: 0, error: null });
});

test('the summary tells the status, what failed and why, and the outputs', () => {
  expect(sessionSummary(ended, runs, createStyle(false))).toEqual([
    '✖ hello-k3f9x2 partially succeeded in 1m 02s: 2 of 4 tasks succeeded, 1 failed, 1 skipped',
    '  ✖ fix (writer, 3 attempts): exit code 1',
    '    second line',
    '',
    'Outputs',
    '  greeting: Hello',
    '  list:',
    '    [',
    '      1',
    '    ]',
  ]);
});

test('the summary of a thousand failures and a huge output stays short', () => {
  const many = Array.from({ length: 1_000 }, (_, at) => runOf(`task${at}`, { status: 'failed', error: 'no' }));
  const lines = sessionSummary({ ...ended, outputs: { huge: 'x'.repeat(1e6) } }, many, createStyle(false));
  expect(lines).toContain('  and 990 more failed');
  expect(lines.join('').length).toBeLessThan(5_000);
});

test('a session that timed out says so', () => {
  const timedOut = overviewOf({ status: 'failed', endedAt: startTime + 5, error: 'The session ran into its timeout.' });
  expect(sessionSummary(timedOut, [], createStyle(false))).toContain('  The session ran into its timeout.');
});

test('exit codes follow the status of the session', () => {
  expect(exitCodeOfStatus('succeeded')).toBe(0);
  expect(exitCodeOfStatus('failed')).toBe(1);
  expect(exitCodeOfStatus('partially_succeeded')).toBe(1);
  expect(exitCodeOfStatus('cancelled')).toBe(3);
});

test('exit codes tell bad input from servers that are not there', () => {
  const codes = Object.keys(errorTable) as ErrorCode[];
  const withCode = (exitCode: number): ErrorCode[] => codes.filter((code) => exitCodeOfError(code) === exitCode);
  expect(withCode(2)).toEqual(
    expect.arrayContaining(['PLAN_INVALID', 'INPUT_INVALID', 'USAGE', 'EXPRESSION_INVALID', 'SESSION_NOT_FOUND']),
  );
  expect(withCode(4)).toEqual(['SERVER_UNAVAILABLE', 'EMBEDDED_START_FAILED']);
  expect(withCode(0)).toEqual([]);
});

describe('the report of a race', () => {
  const racers = [
    runOf('draft', { item: 0, status: 'cancelled', reason: 'race-lost', agent: 'ada', attempts: 2 }),
    runOf('draft', { item: 1, status: 'succeeded', agent: 'bob', attempts: 1 }),
  ];
  const reportOf = (status: 'succeeded' | 'failed', runs: typeof racers) =>
    sessionReport(
      ended,
      [runOf('draft', { status, isRace: true, items: 2, reason: status === 'failed' ? 'racers' : null }), ...runs],
      new Map([['draft[1]', 'the best']]),
      'w',
      startTime,
    ).tasks['draft'];

  test('has the agent and the output of the winner, and the attempts of all', () => {
    expect(reportOf('succeeded', racers)).toMatchObject({ agent: 'bob', attempts: 3, output: 'the best' });
  });

  test('says why each failed where none succeeded', () => {
    const failed = racers.map((racer) => ({ ...racer, status: 'failed' as const, reason: 'attempts', error: 'no' }));
    expect(reportOf('failed', failed)).toMatchObject({
      agent: null,
      output: null,
      error: '2 of 2 racers failed: draft[0]: no; draft[1]: no',
    });
  });
});
