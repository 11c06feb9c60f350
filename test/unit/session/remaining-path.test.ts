import fc from 'fast-check';
import { indexOutline } from '../../../src/domain/session/outline';
import type { PlanIndex } from '../../../src/domain/session/outline';
import { remainingPathsMs } from '../../../src/domain/session/remaining-path';
import { arbitraryOutline } from '../../helpers/engine/arbitrary-outline';
import { outlineOf } from '../../helpers/engine/outline-of';

const diamond = indexOutline(
  outlineOf({ a: {}, quick: { needs: ['a'] }, slow: { needs: ['a'] }, end: { needs: ['quick', 'slow'] }, alone: {} }),
);

describe('the longest path from a task to the end', () => {
  test('has its own duration and that of the slower branch', () => {
    expect(remainingPathsMs(diamond, [10, 1, 500, 20, 7])).toEqual([530, 21, 520, 20, 7]);
  });

  test('counts tasks where no duration is known', () => {
    expect(remainingPathsMs(diamond)).toEqual([3, 2, 2, 1, 1]);
    expect(remainingPathsMs(diamond, [0, undefined, Number.NaN, -5, Infinity])).toEqual([3, 2, 2, 1, 1]);
  });

  test('is known at once for a chain of 10,000 tasks', () => {
    const chain = Array.from({ length: 10_000 }, (_, at) => ({ needs: at === 0 ? [] : [at - 1] }));
    const outline = outlineOf({ a: {} });
    const [task] = outline.tasks;
    if (!task) throw new Error('an outline has tasks');
    const index = indexOutline({ ...outline, tasks: chain.map(({ needs }) => ({ ...task, needs })) });
    expect(remainingPathsMs(index)[0]).toBe(10_000);
  });

  test('is the longest of all paths, walked one by one', () => {
    const outlines = arbitraryOutline({ maxTasks: 10, timeouts: false, onFailure: ['fail'] });
    const durations = fc.array(fc.integer({ min: 1, max: 1_000 }), { minLength: 10, maxLength: 10 });
    fc.assert(
      fc.property(outlines, durations, (outline, expectedMs) => {
        const index = indexOutline(outline);
        const longest = outline.tasks.map((_, task) => Math.max(...pathLengths(index, task, expectedMs)));
        expect(remainingPathsMs(index, expectedMs)).toEqual(longest);
      }),
    );
  });
});

function pathLengths(index: PlanIndex, task: number, expectedMs: number[]): number[] {
  const own = expectedMs[task] ?? 1;
  const next = index.dependents[task] ?? [];
  return next.length === 0 ? [own] : next.flatMap((one) => pathLengths(index, one, expectedMs).map((ms) => own + ms));
}
