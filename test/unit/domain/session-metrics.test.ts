import { sessionMetrics } from '../../../src/domain/metrics/session-metrics';
import type { EndedAttempt, TaskTimes } from '../../../src/domain/metrics/session-metrics';
import type { Graph } from '../../../src/domain/plan/graph';

const graph: Graph = new Map([
  ['plan', []],
  ['left', ['plan']],
  ['right', ['plan']],
  ['join', ['left', 'right']],
]);

const s = 1_000;
const at = (task: string, startedAt: number | null, endedAt: number | null): TaskTimes => ({
  task,
  startedAt,
  endedAt,
});
const tasks = [
  at('plan', 0, 10 * s),
  at('left', 10 * s, 40 * s),
  at('right', 30 * s, 45 * s),
  at('join', 46 * s, 50 * s),
];

function attempt(
  task: string,
  agent: string,
  from: number,
  to: number,
  given: Partial<EndedAttempt> = {},
): EndedAttempt {
  return {
    ...{ task, run: task, agent, verdict: 'succeeded', startedAt: from * s, endedAt: to * s },
    ...{ costUsd: 0.5, tokens: 10, quality: null, ...given },
  };
}

const attempts = [
  attempt('plan', 'ada', 0, 10, { quality: 0.5 }),
  attempt('left', 'bob', 10, 20, { verdict: 'failed', costUsd: null }),
  attempt('left', 'bob', 20, 40),
  attempt('right', 'ada', 30, 45, { quality: 1 }),
  attempt('join', 'eve', 46, 50, { tokens: null }),
];

const metrics = sessionMetrics(graph, tasks, attempts, { startedAt: 0, endedAt: 50 * s });

test('how much was done at once follows from what attempts took', () => {
  expect(metrics).toMatchObject({ elapsedMs: 50 * s, workMs: 59 * s, lostMs: 10 * s, quality: 0.75 });
  expect(metrics.parallelism).toBeCloseTo(59 / 50);
});

test('the longest chain leaves out what tasks waited', () => {
  expect(metrics.criticalPath).toEqual(['plan', 'left', 'join']);
  expect(metrics).toMatchObject({ criticalPathMs: 44 * s, efficiency: 0.88 });
});

test('each agent is told what it did, the busiest first', () => {
  expect(metrics.agents.map(({ agent }) => agent)).toEqual(['bob', 'ada', 'eve']);
  expect(metrics.agents[0]).toEqual({
    ...{ agent: 'bob', succeededRuns: 1, attempts: 2, failed: 1, workMs: 30 * s },
    ...{ shareOfWork: 30 / 59, costUsd: 0.5, tokens: 20, quality: null },
  });
  expect(metrics.agents[1]).toMatchObject({ agent: 'ada', succeededRuns: 2, costUsd: 1, quality: 0.75 });
});

test('what held it up is what the longest chain took, and what others waited', () => {
  expect(metrics.bottlenecks).toEqual([
    { task: 'left', tookMs: 30 * s, waitedMs: 0 },
    { task: 'right', tookMs: 15 * s, waitedMs: 20 * s },
    { task: 'plan', tookMs: 10 * s, waitedMs: 0 },
    { task: 'join', tookMs: 4 * s, waitedMs: s },
  ]);
});

test('a session in which nothing has ended yet has no chain, and nobody contributed', () => {
  const begun = sessionMetrics(graph, [at('plan', 0, null)], [], { startedAt: 0, endedAt: 5 * s });
  expect(begun).toMatchObject({
    workMs: 0,
    parallelism: 0,
    criticalPath: [],
    agents: [],
    bottlenecks: [],
    quality: null,
  });
});
