import { learn } from '../../../src/domain/learning/cells';
import type { Cells } from '../../../src/domain/learning/cells';
import { runTries, triesWords } from '../../../src/domain/learning/learned-tries';

const seen = (count: number, share: number) => runTries({ retries: { count, succeeded: count * share } });

test('without retries that were seen, or with few of them, it is the default', () => {
  expect(runTries({})).toEqual({ tries: 3, from: 'default' });
  expect(seen(3.9, 1)).toEqual({ tries: 3, from: 'default' });
});

test('the more often retries succeed, the more are made: one at least, four at most', () => {
  const tries = [0, 0.1, 0.2, 0.4, 0.6, 0.8, 1].map((share) => seen(40, share).tries);
  expect(tries).toEqual([2, 2, 3, 3, 4, 4, 5]);
  expect(seen(1e6, 0).tries).toBe(2);
  expect(seen(1e6, 1).tries).toBe(5);
});

test('few retries say less than many', () => {
  expect(seen(4, 0).chance).toBeCloseTo(0.15);
  expect(seen(4, 1).tries).toBe(4);
  expect(seen(40, 1).tries).toBe(5);
});

test('what rounding leaves outside of 0 to 1 is as good as that', () => {
  expect(runTries({ retries: { count: 5, succeeded: -2 } })).toMatchObject({ tries: 2, chance: 0 });
  expect(runTries({ retries: { count: 5, succeeded: 9 } })).toMatchObject({ tries: 5, chance: 1 });
});

test('it says where it comes from', () => {
  expect(triesWords(runTries({}))).toBe('3, the default');
  expect(triesWords(seen(12, 0.75))).toBe(
    '4, from evidence: about 64% of its retries at this kind of task succeed, after 12.0 of them',
  );
});

test('what is seen are attempts after a failed one, of the agent that makes them', () => {
  const cells: Cells = new Map();
  const lesson = (name: string, success: number, isRetry: boolean, endedAt: number) => ({
    ...{ agent: { workspace: 'w', name }, taskType: 'fix', durationMs: 1, endedAt },
    ...{ verdict: success === 1 ? 'succeeded' : 'failed', success, isRetry },
  });
  learn(
    cells,
    [lesson('ada', 0, false, 0), lesson('bob', 1, true, 1), lesson('ada', 1, false, 2), lesson('bob', 0, true, 3)],
    { anew: false },
  );
  const ofTask = [...cells.values()].filter(({ taskType }) => taskType === 'fix');
  expect(ofTask.map(({ agent, record }) => [agent.name, record.retries])).toEqual([
    ['ada', undefined],
    ['bob', { count: expect.closeTo(1.98), succeeded: expect.closeTo(0.98) }],
  ]);
});
