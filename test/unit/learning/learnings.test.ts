import { learn } from '../../../src/domain/learning/cells';
import type { Cells } from '../../../src/domain/learning/cells';
import { learningsOf } from '../../../src/domain/learning/learnings';
import type { Learnings } from '../../../src/domain/learning/learnings';

const scope = { capability: 'code', taskType: null };

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
  return learningsOf(scope, ofCapability, { mean: 0.8, weight: 5 });
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
