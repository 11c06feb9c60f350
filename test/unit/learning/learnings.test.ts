import { learn } from '../../../src/domain/learning/cells';
import type { Cell, Cells } from '../../../src/domain/learning/cells';
import { expectedIn, learningsOf } from '../../../src/domain/learning/learnings';
import type { Learnings } from '../../../src/domain/learning/learnings';
import type { Complexity } from '../../../src/domain/plan/plan';

const scope = { capability: 'code', taskType: null };
const prior = { mean: 0.8, weight: 5 };

/** What is known after these outcomes, by agent. */
function learningsAfter(outcomes: Record<string, readonly number[]>): Learnings {
  const cells: Cells = new Map();
  for (const [name, successes] of Object.entries(outcomes)) {
    const lessons = successes.map((success, at) => ({
      agent: { workspace: 'default', name },
      capability: 'code',
      taskType: 'fix',
      verdict: success === 1 ? 'succeeded' : 'failed',
      success,
      durationMs: 1_000 * (at + 1),
      endedAt: at,
    }));
    learn(cells, lessons, { anew: false });
  }
  const ofCapability = [...cells.values()].filter(
    ({ capability, taskType }) => capability === 'code' && taskType === '',
  );
  return learningsOf(
    scope,
    ofCapability.map((cell) => ({ ...cell, expected: prior })),
  );
}

const times = (count: number, value: number): number[] => Array.from({ length: count }, () => value);

it('recommends who succeeds most often by what is known, not who never failed once', () => {
  const { recommended, agents, outcomes } = learningsAfter({ lucky: [1], proven: times(20, 1), poor: [0, 0, 1, 0] });
  expect(recommended?.agent.name).toBe('proven');
  expect(agents.map(({ agent }) => agent.name)).toEqual(['proven', 'lucky', 'poor']);
  expect(outcomes).toBe(25);
});

it('says how long it takes once three have succeeded, with the shortest and the longest', () => {
  expect(learningsAfter({ a: [1, 1] }).duration).toBeNull();
  const { duration } = learningsAfter({ a: [1, 1, 1], b: [0, 1, 1] });
  expect(duration).toMatchObject({ minMs: 1_000, maxMs: 3_000 });
  expect(duration?.p50Ms).toBeGreaterThan(1_000);
  expect(duration?.p90Ms).toBeGreaterThan(duration?.p50Ms ?? Infinity);
});

it('is the surer the more is known, and sure of nothing where nothing is', () => {
  expect(learningsAfter({})).toMatchObject({ recommended: null, agents: [], outcomes: 0, confidence: 0 });
  const [little, more] = [learningsAfter({ a: [1, 1] }), learningsAfter({ a: times(20, 1) })];
  expect(little.confidence).toBeCloseTo(2 / 7, 1);
  expect(more.confidence).toBeGreaterThan(little.confidence);
});

it('tells who has become worse', () => {
  const { agents } = learningsAfter({ tired: [...times(40, 1), 0, 1, 0, 0], steady: times(44, 1) });
  expect(agents.map(({ agent, trend }) => [agent.name, trend])).toEqual([
    ['steady', 'steady'],
    ['tired', 'falling'],
  ]);
});

describe('what is expected of an agent in a scope', () => {
  const agent = { workspace: 'default', name: 'ada' };
  const cells: Cells = new Map();
  const lesson = (taskType: string, success: number, endedAt: number, complexity?: Complexity) => ({
    ...{
      agent,
      capability: 'code',
      taskType,
      verdict: success === 1 ? 'succeeded' : 'failed',
      success,
      durationMs: null,
      endedAt,
    },
    ...(complexity && { complexity }),
  });
  learn(
    cells,
    [
      ...times(20, 0).map((success, at) => lesson('fix', success, at)),
      ...times(9, 1).map((success, at) => lesson('draft', success, 20 + at, 'high')),
    ],
    { anew: false },
  );
  const all = [...cells.values()];
  const cellOf = (taskType: string, complexity?: Complexity) =>
    all.find((one) => one.capability === 'code' && one.taskType === taskType && one.complexity === complexity) as Cell;
  const wider = all.filter(({ complexity }) => complexity === undefined);
  const meanIn = (scope: object, cell: Cell) => expectedIn({ capability: 'code', ...scope }, cell, wider, prior).mean;

  test('comes from what it did besides', () => {
    expect(meanIn({ taskType: 'fix' }, cellOf('fix'))).toBeGreaterThan(0.85);
    expect(meanIn({ taskType: 'draft' }, cellOf('draft'))).toBeLessThan(0.3);
  });

  test('is that of such an agent where it did nothing besides', () => {
    expect(expectedIn({ capability: 'code' }, cellOf(''), wider, prior)).toBe(prior);
    expect(expectedIn({}, cellOf(''), [], prior)).toBe(prior);
  });

  test('comes, of hard tasks, from those of the type that were not, and else from what that is expected from', () => {
    const ofType = meanIn({ taskType: 'draft' }, cellOf('draft'));
    expect(meanIn({ taskType: 'draft', complexity: 'high' }, cellOf('draft', 'high'))).toBe(ofType);
    expect(meanIn({ complexity: 'high' }, cellOf('', 'high'))).toBeLessThan(0.3);
  });

  test('comes from all that it did, of a type whatever was asked for', () => {
    const { mean } = expectedIn({ taskType: 'draft' }, cellOf('draft'), wider, prior);
    expect(mean).toBeLessThan(0.3);
  });
});
