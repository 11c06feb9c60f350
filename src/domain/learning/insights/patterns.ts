import { compareShares } from './compare';
import type { Example } from './example';
import { upsert } from '../../upsert';
import { harmlessText } from './harmless-text';
import { inputSize } from './example';
import { linksTo } from './hypothesis';
import type { Hypothesis } from './hypothesis';
import { InsightKind } from './insight';
import type { Feature, InsightScope } from './insight';
import { groupBy, sessionMeans, smallestSample, taskGroups } from './units';
import { toolSteps } from './ways-of-working';
import { featureWords, percent, scopeWords } from './words';

/** What attempts may have in common: name and values. Those of which nobody knows it (null) are compared with nothing. */
type Dimension = readonly [name: string, valuesOf: (example: Example) => readonly string[] | null];

/** Of one dimension: what is met in fewer sessions than the others says the least. */
const valuesLookedAt = 50;

const ofTask: readonly Dimension[] = [
  ['technology', ({ technologies }) => technologies],
  ['complexity', ({ complexity }) => (complexity ? [complexity] : null)],
  ['plan', ({ plan }) => (plan === '' ? null : [plan])],
  ['input', ({ inputBytes }) => (inputBytes === null ? null : [inputSize(inputBytes)])],
  ['model', ({ model }) => (model === null ? null : [harmlessText(model)])],
  ['tools', ({ tools }) => tools && toolSteps(tools)],
  ['file', ({ filesChanged }) => filesChanged?.map(harmlessText) ?? null],
];

const ofAgents: Dimension = ['agent', ({ agent }) => [agent]];

/** What tasks of a type succeed with more often, or less, than without it: for all agents, and for each of several. */
export function* patternHypotheses(examples: readonly Example[]): Iterable<Hypothesis> {
  for (const { scope, examples: ofType } of taskGroups(examples)) {
    for (const dimension of [...ofTask, ofAgents]) yield* contrasts(scope, ofType, dimension);
    const agents = [...groupBy(ofType, ({ agent }) => agent)];
    if (agents.length < 2) continue;
    for (const [agent, own] of agents)
      for (const dimension of ofTask) yield* contrasts({ ...scope, agent }, own, dimension);
  }
}

/** Whether an agent does better, or worse, with what one agent made than with what others made. */
export function* collaborationHypotheses(examples: readonly Example[]): Iterable<Hypothesis> {
  const from: Dimension = ['from', ({ wentOnFrom }) => wentOnFrom];
  for (const { scope, examples: ofType } of taskGroups(examples)) {
    const handedOver = ofType.filter(({ wentOnFrom }) => wentOnFrom.length > 0);
    for (const [agent, own] of groupBy(handedOver, (example) => example.agent))
      yield* contrasts({ ...scope, agent }, own, from, InsightKind.collaboration);
  }
}

/** Each value of the dimension against all others. */
function* contrasts(
  scope: InsightScope,
  examples: readonly Example[],
  [name, valuesOf]: Dimension,
  kind?: InsightKind,
): Iterable<Hypothesis> {
  const known = examples.flatMap((example) => {
    const values = valuesOf(example);
    return values ? [{ example, values: new Set(values) }] : [];
  });
  for (const value of mostMet(known)) {
    const withIt: Example[] = [];
    const without: Example[] = [];
    for (const { example, values } of known) (values.has(value) ? withIt : without).push(example);
    yield* contrast(scope, { [name]: value }, withIt, without, kind);
  }
}

/** Values that enough sessions have for a test, the most frequent ones; chosen by that alone, never by what came of them. */
function mostMet(known: readonly { example: Example; values: ReadonlySet<string> }[]): string[] {
  const sessions = new Map<string, Set<string>>();
  for (const { example, values } of known)
    for (const value of values) upsert(sessions, value, () => new Set<string>()).add(example.session);
  return [...sessions]
    .filter(([, { size }]) => size >= smallestSample)
    .sort(([a, own], [b, others]) => others.size - own.size || (a < b ? -1 : 1))
    .slice(0, valuesLookedAt)
    .map(([value]) => value);
}

function contrast(
  scope: InsightScope,
  feature: Feature,
  withIt: readonly Example[],
  without: readonly Example[],
  kind: InsightKind | undefined,
): Hypothesis[] {
  const sessions = [withIt, without].map((examples) => sessionMeans(examples, ({ success }) => success));
  const [left = [], right = []] = sessions;
  const comparison = compareShares(left, right);
  if (!comparison) return [];
  const isBetter = comparison.withIt > comparison.without;
  return [
    {
      ...comparison,
      insight: () => ({
        kind: kind ?? (isBetter ? InsightKind.successPattern : InsightKind.failurePattern),
        scope,
        feature,
        says: `With ${featureWords(feature)}, ${scopeWords(scope)} succeeds in ${percent(comparison.withIt)} (${left.length} sessions), otherwise in ${percent(comparison.without)} (${right.length}).`,
        counts: {
          sessionsWith: left.length,
          sessionsWithout: right.length,
          attemptsWith: withIt.length,
          attemptsWithout: without.length,
        },
        links: linksTo(withIt.filter(({ success }) => success >= 0.5 === isBetter)),
      }),
    },
  ];
}
