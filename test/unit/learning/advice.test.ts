import { adviceOf } from '../../../src/domain/learning/advice';
import type { Advice } from '../../../src/domain/learning/advice';
import type { StoredInsight } from '../../../src/domain/learning/insights/relevant';
import type { LearningQuery } from '../../../src/domain/learning/learnings';

const scope = { capability: 'code', taskType: 'bug-fix' };

const insight = (id: string, parts: Partial<StoredInsight> = {}): StoredInsight => ({
  id,
  kind: 'pitfall',
  scope,
  feature: { error: 'no such file' },
  says: `Says ${id}.`,
  confidence: 80,
  ...parts,
});

const ofKind = { ...scope, technologies: [] };
const ada = { workspace: 'default', name: 'ada' };

const idsIn = ({ approach, pitfalls, tips, collaboration }: Advice): string[] =>
  [approach, pitfalls, tips, collaboration].flat().map(({ id }) => id);

const isAdvised = (parts: Partial<StoredInsight>, query: Partial<LearningQuery> = {}): boolean =>
  idsIn(adviceOf({ ...ofKind, ...query }, [insight('x', parts)])).length > 0;

test('each kind of insight is advice of its own kind, the five surest first', () => {
  const kinds = [
    'success_pattern',
    'pitfall',
    'failure_pattern',
    'optimisation',
    'parameter',
    'collaboration',
  ] as const;
  const pitfalls = Array.from({ length: 6 }, (_, at) => insight(`p${at}`, { confidence: 90 + at }));
  const advice = adviceOf(ofKind, [...kinds.map((kind) => insight(kind, { kind })), ...pitfalls]);
  const ids = (part: keyof Advice): string[] => advice[part].map(({ id }) => id);
  expect(ids('approach')).toEqual(['success_pattern']);
  expect(ids('pitfalls')).toEqual(['p5', 'p4', 'p3', 'p2', 'p1']);
  expect(ids('tips')).toEqual(['optimisation', 'parameter']);
  expect(ids('collaboration')).toEqual(['collaboration']);
  expect(advice.approach[0]).toEqual({
    ...{ id: 'success_pattern', kind: 'success_pattern', says: 'Says success_pattern.', confidence: 80 },
  });
});

test.each<[string, Partial<StoredInsight>, Partial<LearningQuery>]>([
  ['what is so with the technology', { feature: { technology: 'go' } }, { technologies: ['go', 'sql'] }],
  ['what is so as hard as that', { feature: { complexity: 'high' } }, { complexity: 'high' }],
  ['what names the agent', { scope: { ...scope, agent: 'default/ada' } }, { agent: ada }],
  ['who is better', { kind: 'success_pattern', feature: { agent: 'default/ada' } }, { agent: ada }],
  ['what is so with its results', { feature: { from: 'default/ada' } }, { agent: ada }],
  ['what is so with all who do such tasks', {}, { agent: ada }],
  ['a discovery that outcomes speak for', { kind: 'discovery' }, {}],
  ['what the workspace is sure of', { confidence: 60, sureFrom: 60 }, {}],
])('it tells %s', (_, parts, query) => {
  expect(isAdvised(parts, query)).toBe(true);
});

test.each<[string, Partial<StoredInsight>, Partial<LearningQuery>]>([
  ['another type', { scope: { ...scope, taskType: 'review' } }, {}],
  ['another capability', { scope: { taskType: 'bug-fix' } }, {}],
  ['another technology', { feature: { technology: 'rust' } }, { technologies: ['go'] }],
  ['another complexity', { feature: { complexity: 'low' } }, { complexity: 'high' }],
  ['one plan', { kind: 'bottleneck', scope: { plan: 'release', task: 'fix' } }, {}],
  ['another agent', { scope: { ...scope, agent: 'default/bob' } }, { agent: ada }],
  ['how another agent does', { feature: { agent: 'default/bob' } }, { agent: ada }],
  ['what nobody is sure of', { confidence: 69 }, {}],
  ['what is less sure than the workspace wants', { sureFrom: 90 }, {}],
])('it tells nothing of %s', (_, parts, query) => {
  expect(isAdvised(parts, query)).toBe(false);
});

test('what was found of another agent is told where it was found to hold', () => {
  const holds = (verdict: 'holds' | 'contradicted'): boolean =>
    isAdvised(
      {
        scope: { ...scope, agent: 'default/bob' },
        distribution: {
          others: { verdict: 'open', confidence: 50 },
          receivers: [{ agent: 'default/ada', verdict, confidence: 90, effect: null }],
        },
      },
      { agent: ada },
    );
  expect(holds('holds')).toBe(true);
  expect(holds('contradicted')).toBe(false);
});

test('of an agent at all, only what names it is told', () => {
  const query = { agent: ada, technologies: [] };
  const insights = [insight('all'), insight('own', { scope: { ...scope, agent: 'default/ada' } })];
  expect(idsIn(adviceOf(query, insights))).toEqual(['own']);
});
