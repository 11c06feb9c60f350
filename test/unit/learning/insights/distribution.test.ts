import { distributionOf } from '../../../../src/domain/learning/insights/distribution';
import type { Example } from '../../../../src/domain/learning/insights/example';
import { mine, simulate } from './simulated-outcomes';

const insight = {
  id: 'python',
  kind: 'failure_pattern' as const,
  scope: { capability: 'code', taskType: 'write', agent: 'default/ada' },
  feature: { technology: 'python' },
  confidence: 96,
};

/** So many sessions each with python and with go, all of one agent; `good` of ten succeed. */
function work(
  agent: string,
  good: { python: number; go: number },
  sessions = 40,
  parts: Partial<Example> = {},
): Example[] {
  const [template] = simulate(1, 1) as [Example];
  return (['python', 'go'] as const).flatMap((technology) =>
    Array.from({ length: sessions }, (_, at) => ({
      ...template,
      session: `${agent} ${technology} ${at} ${JSON.stringify(parts)}`,
      run: 'write',
      taskType: 'write',
      agent,
      technologies: [technology],
      success: at % 10 < good[technology] ? 1 : 0,
      startedAt: at,
      endedAt: at + 1,
      ...parts,
    })),
  );
}

const both = { python: 3, go: 9 };
const neither = { python: 9, go: 9 };

test('what holds with another agent has the confidence of both', () => {
  const distribution = distributionOf(insight, [...work('default/ada', both), ...work('default/bob', both)]);
  expect(distribution?.receivers).toEqual([
    { agent: 'default/bob', verdict: 'holds', confidence: expect.any(Number), effect: null },
  ]);
  const [bob] = distribution?.receivers ?? [];
  expect(bob?.confidence).toBeGreaterThan(90);
  expect(bob?.confidence).toBeLessThanOrEqual(96);
});

test('what the work of another agent contradicts is not for that one', () => {
  const { receivers } = distributionOf(insight, work('default/bob', neither)) ?? {};
  expect(receivers).toEqual([{ agent: 'default/bob', verdict: 'contradicted', confidence: 0, effect: null }]);
});

test('it is not there any more for an agent with which it held once and does not now', () => {
  const before = work('default/bob', both, 10);
  expect(distributionOf(insight, before)?.receivers[0]?.verdict).toBe('holds');
  const since = work('default/bob', neither, 100, { endedAt: 5_000 });
  expect(distributionOf(insight, [...before, ...since])?.receivers[0]?.verdict).toBe('contradicted');
});

test.each<[string, [holds: number, not: number], string, number]>([
  ['half of it where nothing is known', [0, 0], 'open', 48],
  ['three quarters where it holds with two of two', [2, 0], 'open', 72],
  ['half of it where it holds with one of two', [1, 1], 'open', 48],
  ['nothing where it fails more than it fits', [1, 2], 'contradicted', 0],
])('agents without work of the kind are believed to be like the others: %s', (_, [holds, not], verdict, confidence) => {
  const others = [
    ...Array.from({ length: holds }, (_, at) => work(`default/like-${at}`, both)),
    ...Array.from({ length: not }, (_, at) => work(`default/unlike-${at}`, neither)),
  ];
  const distribution = distributionOf(insight, [...others.flat(), ...work('default/new', both, 9)]);
  expect(distribution?.others).toEqual({ verdict, confidence });
  expect(distribution?.receivers.at(-1)).toEqual({ agent: 'default/new', verdict, confidence, effect: null });
});

test('what came of telling it says more than whether the same is seen', () => {
  const told = (success: number): Example[] =>
    work('default/bob', { python: success, go: success }, 20, { applied: ['python'], technologies: ['python'] });
  const untold = (success: number): Example[] => work('default/bob', { python: success, go: 9 }, 40);
  const worse = distributionOf(insight, [...told(1), ...untold(7)])?.receivers[0];
  expect(worse).toMatchObject({ verdict: 'contradicted', effect: { withIt: { attempts: 40, success: 0.1 } } });
  const better = distributionOf(insight, [...told(9), ...untold(3)])?.receivers[0];
  expect(better).toMatchObject({ verdict: 'holds', effect: { withIt: { success: 0.9 }, without: { success: 0.3 } } });
});

test('an error of one agent is not told to those that hardly meet it', () => {
  const pitfall = { ...insight, kind: 'pitfall' as const, feature: { error: 'no such file' } };
  const failing = (agent: string, every: number): Example[] =>
    work(agent, neither, 30).map((one, at) => ({ ...one, ...(at % every === 0 && { errorClass: 'no such file' }) }));
  const { receivers = [] } =
    distributionOf(pitfall, [...failing('default/bob', 2), ...failing('default/cyd', 61)]) ?? {};
  expect(receivers.map(({ agent, verdict }) => [agent, verdict])).toEqual([
    ['default/bob', 'holds'],
    ['default/cyd', 'contradicted'],
  ]);
});

test('what all agents show together needs no distribution, and neither does other work of the agent', () => {
  const { agent: _, ...scope } = insight.scope;
  expect(distributionOf({ ...insight, scope }, work('default/bob', both))).toBeUndefined();
  expect(distributionOf({ ...insight, kind: 'collaboration' }, work('default/bob', both))).toBeUndefined();
  expect(distributionOf(insight, work('default/bob', both, 40, { taskType: 'test' }))?.receivers).toEqual([]);
});

test('of pure noise, few agents seem to confirm what is planted for one', () => {
  const seeds = 40;
  const verdicts = Array.from({ length: seeds }, (_, seed) => simulate(seed, 300)).flatMap(
    (examples) => distributionOf(insight, examples)?.receivers.map(({ verdict }) => verdict) ?? [],
  );
  const share = verdicts.filter((verdict) => verdict === 'holds').length / verdicts.length;
  process.stdout.write(`noise that seems to confirm: ${(100 * share).toFixed(1)}% of ${verdicts.length}\n`);
  expect(share).toBeLessThanOrEqual(0.05);
});

test('what is found of one agent is found, and reaches the others', () => {
  const plant = ({ task, agent, technology }: { task: string; agent: string; technology: string }) =>
    task === 'write' && technology === 'python' && agent !== 'default/cyd' ? { success: 0.2 } : { success: 0.9 };
  const examples = simulate('transfer', 600, plant);
  const ofAda = mine(examples).find(
    ({ scope, feature }) => scope.agent === 'default/ada' && feature.technology === 'python',
  );
  const distribution = ofAda && distributionOf({ ...ofAda, id: 'x' }, examples);
  expect(distribution?.receivers.map(({ agent, verdict }) => [agent, verdict]).sort()).toEqual([
    ['default/bob', 'holds'],
    ['default/cyd', 'contradicted'],
  ]);
});
