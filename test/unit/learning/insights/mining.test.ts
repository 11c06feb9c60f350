import { insightKey } from '../../../../src/domain/learning/insights/insight';
import type { Insight } from '../../../../src/domain/learning/insights/insight';
import { statisticsRuns as runs } from '../../../helpers/statistics-runs';
import { mine, simulate } from './simulated-outcomes';
import type { Draw, Fate } from './simulated-outcomes';

/** A pattern, and what is to be found of it. */
interface Planted {
  plant: (draw: Draw) => Partial<Fate>;
  kind: Insight['kind'];
  scope: Insight['scope'];
  feature: Record<string, string>;
  advice?: (found: Insight) => void;
}

const code = { capability: 'code' };

const planted: [string, Planted][] = [
  [
    'an agent that succeeds where others fail',
    {
      plant: ({ task, agent }) => (task === 'write' ? { success: agent === 'default/ada' ? 0.95 : 0.5 } : {}),
      kind: 'success_pattern',
      scope: { ...code, taskType: 'write' },
      feature: { agent: 'default/ada' },
    },
  ],
  [
    'a technology that attempts fail with',
    {
      plant: ({ technology }) => (technology === 'rust' ? { success: 0.35 } : {}),
      kind: 'failure_pattern',
      scope: { ...code, taskType: 'test' },
      feature: { technology: 'rust' },
    },
  ],
  [
    'a model that succeeds where the other fails',
    {
      plant: ({ model }) => ({ success: model === 'large' ? 0.95 : 0.6 }),
      kind: 'success_pattern',
      scope: { ...code, taskType: 'write' },
      feature: { model: 'large' },
    },
  ],
  [
    'a step from one tool to another that goes with success',
    {
      plant: ({ tools }) => ({ success: tools.join().includes('edit,test') ? 0.95 : 0.5 }),
      kind: 'success_pattern',
      scope: { ...code, taskType: 'test' },
      feature: { tools: 'edit → test' },
    },
  ],
  [
    'a file whose changes go wrong',
    {
      plant: ({ file }) => (file === 'src/b.ts' ? { success: 0.3 } : {}),
      kind: 'failure_pattern',
      scope: { ...code, taskType: 'write' },
      feature: { file: 'src/b.ts' },
    },
  ],
  [
    'an agent that needs fewer messages for the same',
    {
      plant: ({ agent }) => ({ success: 0.98, messages: agent === 'default/cyd' ? 8 : 20 }),
      kind: 'optimisation',
      scope: { ...code, taskType: 'plan', agent: 'default/ada' },
      feature: { agent: 'default/cyd', measure: 'messages' },
    },
  ],
  [
    'inputs that are too large',
    {
      plant: ({ input }) => (input >= 100_000 ? { success: 0.3 } : {}),
      kind: 'failure_pattern',
      scope: { ...code, taskType: 'plan' },
      feature: { input: 'from 100 kB' },
    },
  ],
  [
    'an error that a type of task often ends with',
    {
      plant: ({ task, random }) =>
        task === 'test' && random() < 0.8 ? { errorClass: 'no such file: PATH', success: 0.5 } : {},
      kind: 'pitfall',
      scope: { ...code, taskType: 'test' },
      feature: { error: 'no such file: PATH' },
    },
  ],
  [
    'an error that one agent meets',
    {
      plant: ({ agent }) => (agent === 'default/bob' ? { errorClass: 'out of memory', success: 0.5 } : {}),
      kind: 'pitfall',
      scope: { ...code, taskType: 'write', agent: 'default/bob' },
      feature: { error: 'out of memory' },
    },
  ],
  [
    'a task that takes most of the time',
    {
      plant: ({ task, random }) => (task === 'test' ? { durationMs: 150_000 + 100_000 * random() } : {}),
      kind: 'bottleneck',
      scope: { plan: 'release', task: 'test' },
      feature: { by: 'work' },
    },
  ],
  [
    'a task that waits for longer than it works',
    {
      plant: ({ task, attempt }) => (task === 'write' && attempt === 1 ? { waitedMs: 400_000 } : {}),
      kind: 'bottleneck',
      scope: { plan: 'release', task: 'write' },
      feature: { by: 'wait' },
    },
  ],
  [
    'an agent that is as good and costs less',
    {
      plant: ({ agent, random }) => ({
        success: 0.95,
        costUsd: (agent === 'default/cyd' ? 0.01 : 0.03) * (0.8 + 0.4 * random()),
      }),
      kind: 'optimisation',
      scope: { ...code, taskType: 'write', agent: 'default/ada' },
      feature: { agent: 'default/cyd', measure: 'cost' },
    },
  ],
  [
    'an agent that does better with the work of another',
    {
      plant: ({ agent, from }) => (agent === 'default/bob' ? { success: from === 'default/ada' ? 0.95 : 0.45 } : {}),
      kind: 'collaboration',
      scope: { ...code, taskType: 'test', agent: 'default/bob' },
      feature: { from: 'default/ada' },
    },
  ],
  [
    'a timeout that hanging attempts wait for',
    {
      plant: ({ task, random }) =>
        task === 'test' ? { durationMs: 20_000 + 40_000 * random(), timesOut: random() < 0.1 } : {},
      kind: 'parameter',
      scope: { plan: 'release', task: 'test' },
      feature: { parameter: 'timeout' },
      advice: ({ advice }) => {
        expect(advice?.['timeoutMs']).toBeGreaterThanOrEqual(60_000);
        expect(advice?.['timeoutMs']).toBeLessThan(100_000);
      },
    },
  ],
  [
    'a timeout that ends attempts which are at work',
    {
      plant: ({ task, random }) => {
        if (task !== 'test') return {};
        // Log-normal with a median of 300 s: a tenth to a quarter take longer than the timeout of 600 s.
        const durationMs =
          300_000 * Math.exp(0.8 * Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random()));
        return { durationMs, timesOut: durationMs > 600_000, success: 1 };
      },
      kind: 'parameter',
      scope: { plan: 'release', task: 'test' },
      feature: { parameter: 'timeout' },
      advice: ({ advice }) => {
        expect(advice?.['timeoutMs']).toBeGreaterThan(1_000_000);
        expect(advice?.['timeoutMs']).toBeLessThan(4_000_000);
      },
    },
  ],
  [
    'retries that never help',
    {
      plant: ({ attempt }) => ({ success: attempt === 1 ? 0.5 : 0.02 }),
      kind: 'parameter',
      scope: { ...code, taskType: 'write' },
      feature: { parameter: 'retries', outcome: 'in vain' },
      advice: ({ advice }) => expect(advice).toEqual({ retries: 0 }),
    },
  ],
  [
    'an error after which retries never help',
    {
      plant: ({ attempt, task, random }) =>
        task === 'write'
          ? { errorClass: attempt > 1 || random() < 0.5 ? 'no such branch' : 'busy', success: attempt === 1 ? 0.4 : 0 }
          : {},
      kind: 'parameter',
      scope: { ...code, taskType: 'write' },
      feature: { parameter: 'retries', outcome: 'in vain', error: 'no such branch' },
      advice: ({ advice, counts }) => {
        expect(advice).toEqual({ retries: 0 });
        expect(counts['sessionsSaved']).toBe(0);
      },
    },
  ],
  [
    'retries that nearly always help',
    {
      plant: ({ attempt }) => ({ success: attempt === 1 ? 0.4 : 0.99 }),
      kind: 'parameter',
      scope: { ...code, taskType: 'write' },
      feature: { parameter: 'retries', outcome: 'helps' },
    },
  ],
];

test.each(planted)('it finds %s', (_, { plant, kind, scope, feature, advice }) => {
  for (const seed of [1, 2, 3]) {
    const found = mine(simulate(seed, 300, plant)).find(
      (insight) => insightKey(insight) === insightKey({ kind, scope, feature }),
    );
    expect(found).toMatchObject({ kind, feature, says: expect.stringMatching(/\d/) });
    expect(found?.confidence).toBeGreaterThanOrEqual(70);
    expect(found?.links.length).toBeGreaterThan(0);
    if (found) advice?.(found);
  }
});

test('on pure noise it finds nothing, in at least 95 % of the runs', () => {
  const found = Array.from({ length: runs }, (_, seed) => mine(simulate(seed, 120)).length > 0);
  const share = found.filter(Boolean).length / found.length;
  console.log(`runs of pure noise with an insight: ${share * 100} % of ${found.length}`);
  expect(share).toBeLessThanOrEqual(0.05);
});

test('sessions that go well or badly as a whole are no patterns either', () => {
  const found = Array.from({ length: runs }, (_, seed) => {
    const luck = new Map<number, number>();
    const insights = mine(
      simulate(`luck ${seed}`, 120, ({ session, random }) => {
        const success = luck.get(session) ?? (random() < 0.5 ? 0.4 : 1);
        luck.set(session, success);
        return { success };
      }),
    );
    return insights.length > 0;
  });
  expect(found.filter(Boolean).length / runs).toBeLessThanOrEqual(0.05);
});

test('the same outcomes give the same insights', () => {
  const [, { plant }] = planted[0] as [string, Planted];
  expect(mine(simulate(1, 300, plant))).toEqual(mine(simulate(1, 300, plant)));
});

test('what has stopped to hold is not found any more, however long it held', () => {
  const held = mine(simulate(1, 300, ({ technology }) => (technology === 'rust' ? { success: 0.35 } : {})));
  const gone = mine(
    simulate(1, 300, ({ technology, session }) => (technology === 'rust' && session < 180 ? { success: 0.35 } : {})),
  );
  const patterns = (insights: Insight[]) =>
    insights.filter(({ kind, scope }) => kind === 'failure_pattern' && scope.agent === undefined).length;
  expect(patterns(held)).toBeGreaterThan(0);
  expect(patterns(gone)).toBe(0);
});
