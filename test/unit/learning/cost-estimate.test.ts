import { estimatedCostUsd } from '../../../src/domain/learning/cost-estimate';
import { nothingLearned, recordOutcome } from '../../../src/domain/learning/learned-record';
import { learn } from '../../../src/domain/learning/cells';
import type { Cells } from '../../../src/domain/learning/cells';
import { learningsOf } from '../../../src/domain/learning/learnings';
import { emptyRecord, together, without } from '../../../src/domain/learning/record-sums';
import { expectedAttempt } from '../../../src/domain/prediction/expected-attempt';
import { taskRisksOf } from '../../../src/domain/prediction/task-risks';
import { createRandom } from '../../../src/domain/random';
import { drawNormal } from '../../../src/domain/random-variates';

function recordAfter(costs: readonly (number | null)[]) {
  return costs.reduce<typeof nothingLearned>(
    (learned, costUsd, at) => recordOutcome(learned, { success: at % 2, durationMs: 1, costUsd, endedAt: at }),
    nothingLearned,
  ).record;
}

/** Half cost 10 cents at most, and nine of ten 22. */
const drawnFrom = (seed: string) => {
  const random = createRandom(seed);
  return (): number => 0.1 * Math.exp(0.6 * drawNormal(random));
};

const times = <T>(count: number, value: () => T): T[] => Array.from({ length: count }, value);

test('says what half of the attempts cost at most, and what nine of ten', () => {
  const estimate = estimatedCostUsd(recordAfter(times(400, drawnFrom('many'))));
  expect(estimate?.p50).toBeGreaterThan(0.07);
  expect(estimate?.p50).toBeLessThan(0.14);
  expect(estimate?.p90).toBeGreaterThan(0.16);
  expect(estimate?.p90).toBeLessThan(0.3);
});

test('nine of ten of the next cost no more than it says, also after few', () => {
  const draw = drawnFrom('next');
  const within = times(2_000, () => draw() <= (estimatedCostUsd(recordAfter(times(5, draw)))?.p90 ?? 0));
  const share = within.filter(Boolean).length / within.length;
  expect(share).toBeGreaterThan(0.82);
  expect(share).toBeLessThan(0.95);
});

test('attempts that cost nothing are a part of their own', () => {
  const [free, dear] = [times(12, () => 0), times(4, () => 2)];
  expect(estimatedCostUsd(recordAfter(free))).toEqual({ p50: 0, p90: 0 });
  const both = estimatedCostUsd(recordAfter([...free, ...dear]));
  expect(both?.p50).toBe(0);
  expect(both?.p90).toBeGreaterThan(1.5);
  expect(both?.p90).toBeLessThan(4);
});

test('says nothing after fewer than three of which the cost is known, or of sums from before it was kept', () => {
  expect(estimatedCostUsd(recordAfter([1, null, null, null, 1]))).toBeNull();
  expect(estimatedCostUsd(recordAfter([1, null, 1, 1]))).not.toBeNull();
  expect(estimatedCostUsd({ cost: { count: 40, sumUsd: 10 } })).toBeNull();
});

test('sums of two records are those of all their attempts, and can be taken apart again', () => {
  const [one, other] = [recordAfter([1, 2, 3, 0]), recordAfter([4, 5, 6])];
  const rest = without(together(one, other), other).cost?.spread;
  const { free = 0, paid = 0, logSum = 0 } = one.cost?.spread ?? {};
  expect(rest).toMatchObject({
    free: expect.closeTo(free),
    paid: expect.closeTo(paid),
    logSum: expect.closeTo(logSum),
  });
  const [low, both, high] = [one, together(one, other), other].map((record) => estimatedCostUsd(record)?.p50 ?? 0);
  expect(low).toBeLessThan(both ?? 0);
  expect(both).toBeLessThan(high ?? 0);
});

test('of an agent and of all together, learnings tell it with the mean', () => {
  const cells: Cells = new Map();
  const lesson = (name: string, costUsd: number, endedAt: number) => ({
    ...{ agent: { workspace: 'w', name }, taskType: 'fix', verdict: 'succeeded', success: 1, durationMs: 1 },
    ...{ costUsd, endedAt },
  });
  const lessons = [1, 1, 1, 5].map((costUsd, at) => lesson('ada', costUsd, at));
  learn(cells, [...lessons, lesson('bob', 9, 9)], { anew: false });
  const ofAll = [...cells.values()].filter(({ taskType }) => taskType === '');
  const known = ofAll.map((cell) => ({ ...cell, expected: { mean: 0.8, weight: 5 } }));
  const { agents, cost } = learningsOf({ capability: null, taskType: null }, known);
  expect(agents.map(({ agent, cost: own }) => [agent.name, own?.meanUsd])).toEqual([
    ['ada', expect.closeTo(2, 0)],
    ['bob', undefined],
  ]);
  expect(agents[0]?.cost?.p50Usd).toBeLessThan(2);
  expect(cost?.p90Usd).toBeGreaterThan(agents[0]?.cost?.p90Usd ?? Infinity);
});

describe('what is predicted of an attempt', () => {
  const prior = { mean: 0.8, weight: 5 };
  const known = (costs: Record<'same' | 'byOthers' | 'elsewhere', number[]>) =>
    expectedAttempt(
      {
        taskType: 'fix',
        same: recordAfter(costs.same),
        byOthers: recordAfter(costs.byOthers),
        elsewhere: recordAfter(costs.elsewhere),
      },
      prior,
    ).costUsd;
  const [cheap, dear] = [
    [0.01, 0.01, 0.01],
    [7, 8, 9],
  ];

  test('goes by what such tasks cost with the agent, then by its other tasks, then by others', () => {
    expect(known({ same: cheap, byOthers: dear, elsewhere: dear })).toMatchObject({
      p50: 0.01,
      basis: 'same-task-and-agent',
    });
    expect(known({ same: [], byOthers: dear, elsewhere: cheap })).toMatchObject({ p50: 0.01, basis: 'same-agent' });
    expect(known({ same: [], byOthers: dear, elsewhere: [] })).toMatchObject({ basis: 'same-task' });
    expect(known({ same: cheap.slice(1), byOthers: [], elsewhere: [] })).toBeNull();
  });

  test('is a risk where one of ten costs more than the task may use, or than is reserved', () => {
    const expected = expectedAttempt(
      { taskType: 'fix', same: recordAfter(dear), byOthers: emptyRecord, elsewhere: emptyRecord },
      prior,
    );
    const task = { timeoutMs: 60_000, inputs: null, pitfalls: [] };
    expect(taskRisksOf({ ...task, budgetMicros: 10_000_000, reservedMicros: 5_000_000 }, expected)).toEqual([
      expect.stringMatching(/^budget: one of ten costs more than \$1\d\.\d\d, and the task may use \$10\.00$/),
      expect.stringMatching(/^reservation: one of ten costs more than \$1\d\.\d\d, and for each is reserved \$5\.00$/),
    ]);
    expect(taskRisksOf({ ...task, budgetMicros: 50_000_000 }, expected)).toEqual([]);
    expect(taskRisksOf(task, expected)).toEqual([]);
  });
});
