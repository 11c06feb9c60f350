import { cellId, learn, onePerAgent } from '../../../src/domain/learning/cells';
import type { Cells } from '../../../src/domain/learning/cells';
import type { Lesson } from '../../../src/domain/learning/lesson';

const agent = { workspace: 'default', name: 'ada' };

function lesson(parts: Partial<Lesson> = {}): Lesson {
  return { agent, taskType: 'fix', verdict: 'succeeded', success: 1, durationMs: 1_000, endedAt: 1_000, ...parts };
}

const recordIn = (cells: Cells, capability: string, taskType: string) =>
  cells.get(cellId({ agent, capability, taskType }));

it('adds a lesson to all that it is about: the agent, the capability, the type of task', () => {
  const cells: Cells = new Map();
  learn(cells, [lesson({ capability: 'code' }), lesson({ capability: 'code', taskType: 'review' })], { anew: false });
  expect(recordIn(cells, '', '')?.totalSucceeded).toBe(2);
  expect(recordIn(cells, 'code', '')?.totalSucceeded).toBe(2);
  expect(recordIn(cells, 'code', 'fix')?.totalSucceeded).toBe(1);
  expect(recordIn(cells, 'code', 'review')?.totalSucceeded).toBe(1);
  expect(cells.size).toBe(4);
});

it('keeps a task that asked for no capability under its type', () => {
  const cells: Cells = new Map();
  learn(cells, [lesson()], { anew: false });
  expect([...cells.keys()].sort()).toEqual(
    [cellId({ agent, capability: '', taskType: '' }), cellId({ agent, capability: '', taskType: 'fix' })].sort(),
  );
});

it('tells apart how hard tasks are, beside what is known of all of them', () => {
  const cells: Cells = new Map();
  learn(cells, [lesson({ complexity: 'high' }), lesson({ complexity: 'low', success: 0 }), lesson()], { anew: false });
  expect(recordIn(cells, '', 'fix')?.record.succeeded).toBeCloseTo(2, 0);
  const hard = cells.get(cellId({ agent, capability: '', taskType: 'fix', complexity: 'high' }));
  expect(hard?.record).toMatchObject({ succeeded: 1, failed: 0 });
  expect(cells.size).toBe(6);
});

it('sums up what an agent did of a type for several capabilities', () => {
  const cells: Cells = new Map();
  const lessons = [
    { capability: 'code', durationMs: 500 },
    { capability: 'test' },
    { capability: 'test', durationMs: null },
  ];
  learn(cells, lessons.map(lesson), { anew: false });
  const ofType = [...cells.values()].filter(({ taskType }) => taskType === 'fix');
  const [one, ...others] = onePerAgent(ofType);
  expect(others).toEqual([]);
  expect(one).toMatchObject({ capability: '', taskType: 'fix', totalSucceeded: 3, shortestMs: 500, longestMs: 1_000 });
  expect(one?.record.succeeded).toBeCloseTo(3, 1);
});

it('counts in a cell that there was not before what is learnt anew', () => {
  const cells: Cells = new Map();
  learn(cells, [lesson()], { anew: false });
  learn(cells, [lesson({ complexity: 'high' })], { anew: true });
  expect(recordIn(cells, '', 'fix')?.totalSucceeded).toBe(1);
  expect(cells.get(cellId({ agent, capability: '', taskType: 'fix', complexity: 'high' }))?.totalSucceeded).toBe(1);
});

it('learns in the order of the ends, in whatever order they come', () => {
  const lessons = [1, 0, 1, 1, 0].map((success, at) => lesson({ success, endedAt: at * 1_000, durationMs: 100 + at }));
  const [inOrder, reversed]: [Cells, Cells] = [new Map(), new Map()];
  learn(inOrder, lessons, { anew: false });
  learn(reversed, [...lessons].reverse(), { anew: false });
  expect(reversed).toEqual(inOrder);
});

it('learns as much from several batches as from one', () => {
  const lessons = [1, 0, 1, 1, 0, 1].map((success, at) => lesson({ success, endedAt: at * 1_000 }));
  const [together, apart]: [Cells, Cells] = [new Map(), new Map()];
  learn(together, lessons, { anew: false });
  for (const one of lessons) learn(apart, [one], { anew: false });
  expect(apart).toEqual(together);
});

it('puts what is learnt anew in the place of what was, and counts nothing twice', () => {
  const lessons = [1, 1, 1].map((success, at) => lesson({ success, endedAt: at * 1_000 }));
  const cells: Cells = new Map();
  learn(cells, lessons, { anew: false });
  const corrected = lessons.map((one, at) => (at === 2 ? { ...one, success: 0 } : one));
  learn(cells, corrected, { anew: true });
  const expected: Cells = new Map();
  learn(expected, corrected, { anew: false });
  expect(recordIn(cells, '', 'fix')).toEqual(recordIn(expected, '', 'fix'));
  expect(recordIn(cells, '', '')).toMatchObject({ totalSucceeded: 3, totalFailed: 0 });
});
