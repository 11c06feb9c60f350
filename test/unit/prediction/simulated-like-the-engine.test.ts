import fc from 'fast-check';
import { playSession } from '../../../bench/prediction/play-session';
import { modelOf } from '../../../src/domain/prediction/simulation-model';
import { simulateSession } from '../../../src/domain/prediction/simulate-session';
import { noDurations } from '../../../src/domain/prediction/measured-durations';
import { createRandom } from '../../../src/domain/random';
import { indexOutline } from '../../../src/domain/session/outline';
import type { SessionState } from '../../../src/domain/session/state';
import { outlineOf } from '../../helpers/engine/outline-of';

const policies = ['fail', 'continue', 'skip-dependents'] as const;

interface Drawn {
  needs: number[];
  agents: number[];
  attempts: number;
  onFailure: number;
  priority: number;
  maxParallel: number;
  shape: 'plain' | 'conditional' | 'forEach' | 'both';
  hasFallback: boolean;
  taskTimeoutMs: number | undefined;
}

const drawnTask: fc.Arbitrary<Drawn> = fc.record({
  needs: fc.array(fc.nat(20), { maxLength: 3 }),
  agents: fc.uniqueArray(fc.nat(3), { minLength: 1, maxLength: 3 }),
  attempts: fc.integer({ min: 1, max: 3 }),
  onFailure: fc.nat(2),
  priority: fc.integer({ min: 1, max: 5 }),
  maxParallel: fc.nat(3),
  shape: fc.constantFrom('plain', 'plain', 'conditional', 'forEach', 'both'),
  hasFallback: fc.boolean(),
  taskTimeoutMs: fc.option(fc.integer({ min: 5, max: 3_000 }), { nil: undefined, freq: 4 }),
});

function outlineFrom(tasks: readonly Drawn[], concurrency: number, timeoutMs: number | undefined) {
  return indexOutline(
    outlineOf(
      Object.fromEntries(
        tasks.map((task, at) => [
          `t${at}`,
          {
            needs: at === 0 ? [] : [...new Set(task.needs.map((need) => `t${need % at}`))],
            agents: task.agents.map((agent) => `agent${agent}`),
            attempts: task.attempts,
            onFailure: policies[task.onFailure] ?? 'fail',
            priority: task.priority,
            ...(task.maxParallel > 0 && { maxParallel: task.maxParallel }),
            ...(task.shape !== 'plain' && task.shape !== 'forEach' && { conditional: true }),
            ...(task.shape !== 'plain' && task.shape !== 'conditional' && { forEach: true }),
            ...(task.hasFallback && { fallback: 'agent0' }),
            ...(task.taskTimeoutMs !== undefined && { taskTimeoutMs: task.taskTimeoutMs + at / 100 }),
          },
        ]),
      ),
      { concurrency, limits: { agent0: 2, agent1: 1 }, ...(timeoutMs !== undefined && { timeoutMs }) },
    ),
  );
}

/** A world in which each attempt has its fate, whoever asks, and no two things happen at once. */
function worldOf(seed: number) {
  const draw = (...key: (string | number)[]): number => createRandom(seed, ...key)();
  return {
    attempt: ({
      task,
      item,
      tries,
      onFallback,
    }: {
      task: number;
      item: number;
      tries: number;
      onFallback: boolean;
    }) => ({
      takesMs: 1 + 1_000 * draw('takes', task, item, tries, Number(onFallback)),
      succeeds: draw('ends', task, item, tries, Number(onFallback)) < 0.75,
    }),
    holds: (task: number) => draw('holds', task) < 0.7,
    items: (task: number) => Math.floor(4 * draw('items', task)),
    otherTakesMs: () => {
      throw new Error('nobody else is there');
    },
  };
}

const nothingMeasured = (tasks: number) => ({
  tasks: Array.from({ length: tasks }, () => ({ durations: noDurations, failures: noDurations })),
  registered: [],
  begunAt: new Map<string, number>(),
});

const plain: Drawn = {
  needs: [],
  agents: [0],
  attempts: 1,
  onFailure: 0,
  priority: 1,
  maxParallel: 0,
  shape: 'plain',
  hasFallback: false,
  taskTimeoutMs: undefined,
};
const dependent: Drawn = { ...plain, needs: [0] };

type Example = [tasks: Drawn[], concurrency: number, timeoutMs: number | undefined, seed: number, moment: number];

/** What the simulation once got wrong. */
const examples: Example[] = [
  // The time of a fan-out is up: an item in flight gave its place away before the item that waited had failed the session.
  [
    [
      { ...plain, priority: 2 },
      plain,
      { ...plain, priority: 2, shape: 'forEach', taskTimeoutMs: 78 },
      dependent,
      dependent,
      { ...plain, onFailure: 1, taskTimeoutMs: 549 },
      dependent,
    ],
    2,
    undefined,
    2_036_512_388,
    0,
  ],
  // Items on the fallback did not count among those in parallel.
  [
    [
      ...Array.from({ length: 8 }, () => plain),
      { ...plain, attempts: 2, maxParallel: 1, shape: 'forEach', hasFallback: true },
      plain,
    ],
    2,
    undefined,
    543_536_799,
    0,
  ],
  // Items that are stopped at the same time gave their places back in no particular order.
  [
    [
      { ...plain, agents: [1, 0], shape: 'forEach', taskTimeoutMs: 5 },
      { ...plain, agents: [1] },
    ],
    3,
    undefined,
    207_399_376,
    0,
  ],
];

test('in the same world, the simulation of a session ends when the engine ends it, from its start and from any moment in between', () => {
  fc.assert(
    fc.property(
      fc.array(drawnTask, { minLength: 1, maxLength: 12 }),
      fc.integer({ min: 1, max: 6 }),
      fc.option(fc.integer({ min: 100, max: 5_000 }), { nil: undefined, freq: 4 }),
      fc.nat(),
      fc.nat(30),
      (tasks, concurrency, timeoutMs, seed, moment) => {
        const index = outlineFrom(tasks, concurrency, timeoutMs);
        const world = worldOf(seed);
        const evidence = nothingMeasured(tasks.length);
        const looks: { state: SessionState; now: number; begunAt: ReadonlyMap<string, number> }[] = [];
        const { endedAt } = playSession(index, world, {
          look: (state, now, begunAt) => looks.push({ state, now, begunAt: new Map(begunAt) }),
        });
        const { state, now, begunAt } = looks[moment % looks.length]!;
        if (state.ended || (state.stopping && state.stopping !== 'failed')) return;
        const model = modelOf(index, state, { ...evidence, begunAt }, now);
        const remaining = simulateSession(model, {
          ...world,
          attempt: (run, elapsedMs) => {
            const { takesMs, succeeds } = world.attempt(run);
            return { takesMs: takesMs - elapsedMs, succeeds };
          },
        });
        expect(now + remaining).toBeCloseTo(endedAt, 3);
      },
    ),
    { numRuns: 300, examples },
  );
});
