import { promptWithInsights, relevantInsights } from '../../../../src/domain/learning/insights/relevant';
import type { StoredInsight, Upcoming } from '../../../../src/domain/learning/insights/relevant';

const insight = (id: string, parts: Partial<StoredInsight> = {}): StoredInsight => ({
  id,
  kind: 'pitfall',
  scope: { capability: 'code', taskType: 'bug-fix' },
  feature: { error: 'no such file' },
  says: `Says ${id}.`,
  confidence: 80,
  ...parts,
});

const upcoming = (parts: Partial<Upcoming> = {}): Upcoming => ({
  session: 's',
  run: 'fix',
  agent: 'default/ada',
  capability: 'code',
  taskType: 'bug-fix',
  technologies: ['go'],
  plan: 'release',
  inputBytes: () => 5_000,
  ...parts,
});

/** How many of a thousand runs are told the insight. */
const toldOf = (one: StoredInsight, parts: Partial<Upcoming> = {}): number =>
  Array.from({ length: 1_000 }, (_, at) => relevantInsights([one], upcoming({ run: `each[${at}]`, ...parts }))).filter(
    ({ length }) => length > 0,
  ).length;

test.each<[string, Partial<StoredInsight>]>([
  ['pitfalls of the type of task', {}],
  ['those of the agent itself', { scope: { capability: 'code', taskType: 'bug-fix', agent: 'default/ada' } }],
  ['what its technology is good for', { kind: 'success_pattern', feature: { technology: 'go' } }],
  ['what goes wrong in its plan', { kind: 'failure_pattern', feature: { plan: 'release' } }],
  ['what goes wrong with inputs of that size', { kind: 'failure_pattern', feature: { input: '1 to 10 kB' } }],
])('most attempts are told %s, and a fifth is not, to compare', (_, parts) => {
  const told = toldOf(insight('x', parts));
  expect(told).toBeGreaterThan(750);
  expect(told).toBeLessThan(850);
});

test.each<[string, Partial<StoredInsight>]>([
  ['another type of task', { scope: { capability: 'code', taskType: 'review' } }],
  ['another capability', { scope: { taskType: 'bug-fix' } }],
  ['another agent', { scope: { capability: 'code', taskType: 'bug-fix', agent: 'default/bob' } }],
  ['another technology', { kind: 'success_pattern', feature: { technology: 'rust' } }],
  ['which agent is better', { kind: 'success_pattern', feature: { agent: 'default/ada' } }],
  ['plans and timeouts', { kind: 'bottleneck', scope: { plan: 'release', task: 'fix' } }],
])('no attempt is told of %s', (_, parts) => {
  expect(toldOf(insight('x', parts))).toBe(0);
});

test('all attempts of a run are treated alike', () => {
  const tell = (): number => relevantInsights([insight('x')], upcoming()).length;
  expect(new Set(Array.from({ length: 20 }, tell)).size).toBe(1);
});

test('the five surest are told', () => {
  const many = Array.from({ length: 30 }, (_, at) => insight(`i${at}`, { confidence: 70 + at }));
  const told = relevantInsights(many, upcoming());
  expect(told).toHaveLength(5);
  expect(told.map(({ confidence }) => confidence)).toEqual(
    told.map(({ confidence }) => confidence).sort((a, b) => b - a),
  );
});

test('the block has room for 1,500 characters, and what finds no room was not applied', () => {
  const long = Array.from({ length: 5 }, (_, at) => insight(`long${at}`, { says: `${at} ${'word '.repeat(200)}` }));
  const { prompt, applied } = promptWithInsights('Do it', long);
  expect(prompt.length).toBeLessThanOrEqual('Do it\n\n'.length + 1_500);
  expect(applied.length).toBeGreaterThan(0);
  expect(applied.length).toBeLessThan(5);
  expect(applied.every(({ says }) => prompt.includes(says.slice(0, 100)))).toBe(true);
});

test('a prompt that there is nothing to tell stays as it is', () => {
  expect(promptWithInsights('Do it', [])).toEqual({ prompt: 'Do it', applied: [] });
});

describe('what was found of another agent', () => {
  const ofBob = (distribution: StoredInsight['distribution']): Partial<StoredInsight> => ({
    kind: 'failure_pattern',
    scope: { capability: 'code', taskType: 'bug-fix', agent: 'default/bob' },
    feature: { technology: 'go' },
    ...(distribution && { distribution }),
  });
  const to = (agent: string, verdict: 'holds' | 'contradicted', confidence: number): StoredInsight['distribution'] => ({
    others: { verdict: 'open', confidence: 40 },
    receivers: [{ agent, verdict, confidence, effect: null }],
  });

  test('is told as what the agent showed itself, where it holds with it', () => {
    expect(toldOf(insight('x', ofBob(to('default/ada', 'holds', 75))))).toBeGreaterThan(750);
  });

  test.each([
    ['where it holds with less than the workspace wants', to('default/ada', 'holds', 60)],
    ['where it was not tested yet', to('default/cyd', 'holds', 90)],
  ])('is tried with one run of five %s', (_, distribution) => {
    const told = toldOf(insight('x', ofBob(distribution)));
    expect(told).toBeGreaterThan(150);
    expect(told).toBeLessThan(250);
  });

  test('is not told where the work of the agent contradicts it', () => {
    expect(toldOf(insight('x', ofBob(to('default/ada', 'contradicted', 0))))).toBe(0);
  });

  test('is not told beside the same of the agent itself, nor to the runs that go without that', () => {
    const own = insight('own', { kind: 'failure_pattern', feature: { technology: 'go' } });
    const other = insight('x', ofBob(to('default/ada', 'holds', 99)));
    const ids = Array.from({ length: 200 }, (_, at) =>
      relevantInsights([own, other], upcoming({ run: `each[${at}]` })).map(({ id }) => id),
    ).flat();
    expect(new Set(ids)).toEqual(new Set(['own']));
  });

  test('and was not tested takes two lines at most', () => {
    const untested = to('default/cyd', 'holds', 90);
    const many = Array.from({ length: 100 }, (_, at) => insight(`i${at}`, ofBob(untested)));
    expect(relevantInsights(many, upcoming())).toHaveLength(2);
  });
});
