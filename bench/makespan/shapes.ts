import { createRandom } from '../../src/domain/random';
import type { Shape, ShapeTask } from './shape';

const range = (length: number): number[] => Array.from({ length }, (_, nth) => nth);

/**
 * Ten shapes on which an order by priority and plan can come near the bound, so that what is above it is our own doing: no
 * scheduler packs tasks of any length perfectly.
 */
export function makespanShapes(seed: string): Shape[] {
  const drawMs = (...place: (string | number)[]): number =>
    Math.round(600 + 1_000 * createRandom(seed, 'makespan', ...place)());
  const task = (name: string, needs: string[], durationMs: number, priority?: number): ShapeTask => ({
    name,
    needs,
    durationMs,
    ...(priority !== undefined && { priority }),
  });

  return [
    {
      name: 'chain',
      concurrency: 4,
      tasks: range(8).map((nth) => task(`c${nth}`, nth === 0 ? [] : [`c${nth - 1}`], drawMs('chain', nth))),
    },
    { name: 'wide', concurrency: 8, tasks: range(32).map((nth) => task(`w${nth}`, [], 2_000)) },
    {
      name: 'diamonds',
      concurrency: 8,
      tasks: range(3).flatMap((diamond) => [
        task(`top${diamond}`, diamond === 0 ? [] : [`bottom${diamond - 1}`], 800),
        ...range(4).map((side) => task(`side${diamond}_${side}`, [`top${diamond}`], drawMs('diamond', diamond, side))),
        task(
          `bottom${diamond}`,
          range(4).map((side) => `side${diamond}_${side}`),
          800,
        ),
      ]),
    },
    { name: 'binary tree, out and in', concurrency: 8, tasks: binaryTree(4, 900, task) },
    {
      name: 'random layers',
      concurrency: 30,
      tasks: range(6).flatMap((layer) =>
        range(6).map((nth) =>
          task(`l${layer}_${nth}`, layer === 0 ? [] : randomNeeds(seed, layer, nth), drawMs('layers', layer, nth)),
        ),
      ),
    },
    {
      name: 'fan-out, fan-in',
      concurrency: 24,
      tasks: [
        task('split', [], 1_200),
        ...range(24).map((nth) => task(`part${nth}`, ['split'], drawMs('fan', nth))),
        task(
          'merge',
          range(24).map((nth) => `part${nth}`),
          1_200,
        ),
      ],
    },
    {
      name: 'ragged chains',
      concurrency: 6,
      tasks: range(6).flatMap((chain) =>
        range(chain + 2).map((nth) =>
          task(`r${chain}_${nth}`, nth === 0 ? [] : [`r${chain}_${nth - 1}`], drawMs('ragged', chain, nth)),
        ),
      ),
    },
    {
      name: 'two long, many short',
      concurrency: 6,
      tasks: [
        ...range(36).map((nth) => task(`short${nth}`, [], 600)),
        ...range(2).map((nth) => task(`long${nth}`, [], 6_000, 1)),
      ],
    },
    {
      name: 'an urgent chain among others',
      concurrency: 5,
      tasks: [
        ...range(20).map((nth) => task(`other${nth}`, [], 2_000)),
        ...range(6).map((nth) => task(`urgent${nth}`, nth === 0 ? [] : [`urgent${nth - 1}`], 2_000, 1)),
      ],
    },
    {
      name: 'forEach with maxParallel',
      concurrency: 20,
      tasks: [
        task('list', [], 800),
        { ...task('each', ['list'], 800), fanOut: { items: 36, maxParallel: 6 } },
        task('report', ['each'], 800),
      ],
    },
  ];
}

/** Opens to 2^(levels-1) leaves, and closes again. */
function binaryTree(
  levels: number,
  durationMs: number,
  task: (name: string, needs: string[], durationMs: number) => ShapeTask,
): ShapeTask[] {
  const opening = range(levels).flatMap((level) =>
    range(2 ** level).map((nth) =>
      task(`out${level}_${nth}`, level === 0 ? [] : [`out${level - 1}_${nth >> 1}`], durationMs),
    ),
  );
  const above = (level: number, nth: number): string =>
    level === levels - 1 ? `out${level}_${nth}` : `in${level}_${nth}`;
  const closing = range(levels - 1)
    .reverse()
    .flatMap((level) =>
      range(2 ** level).map((nth) =>
        task(`in${level}_${nth}`, [above(level + 1, 2 * nth), above(level + 1, 2 * nth + 1)], durationMs),
      ),
    );
  return [...opening, ...closing];
}

/** One or two tasks of the layer before. */
function randomNeeds(seed: string, layer: number, nth: number): string[] {
  const random = createRandom(seed, 'needs', layer, nth);
  const drawn = [random(), random()].map((value) => `l${layer - 1}_${Math.floor(value * 6)}`);
  return [...new Set(drawn)];
}
