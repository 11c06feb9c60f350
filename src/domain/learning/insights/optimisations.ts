import { smallestDifference } from './compare';
import type { Example } from './example';
import { certaintyOf, linksTo } from './hypothesis';
import type { Hypothesis } from './hypothesis';
import { InsightKind } from './insight';
import { ranksBelow } from './statistics/mann-whitney';
import { normalTail } from './statistics/normal';
import { mean, meanVariance, median, shareVariance } from './statistics/summary';
import type { TaskGroup } from './units';
import { groupBy, newestThird, sessionMeans, smallestSample, taskGroups } from './units';
import { aboutDuration } from '../../routing/plain-words';
import { percent, scopeWords } from './words';

/** Less is saved by nobody: four fifths of what the other takes. */
const smallestSaving = -Math.log(0.8);

/** Of those that did most of the tasks: each is compared with each. */
const agentsLookedAt = 6;

const measures = {
  duration: { better: 'faster', valueOf: ({ durationMs }: Example) => durationMs, words: aboutDuration },
  cost: {
    better: 'cheaper',
    valueOf: ({ costUsd }: Example) => costUsd,
    words: (usd: number) => `$${usd.toPrecision(2)}`,
  },
  tokens: {
    better: 'on fewer tokens',
    valueOf: ({ tokens }: Example) => tokens,
    words: (count: number) => `${Math.round(count)} tokens`,
  },
  messages: {
    better: 'in fewer messages',
    valueOf: ({ messages }: Example) => messages,
    words: (count: number) => `${Math.round(count)} messages`,
  },
} as const;

/** Agents that do tasks of a capability as well as others, and faster or for less. */
export function* optimisationHypotheses(examples: readonly Example[]): Iterable<Hypothesis> {
  for (const { scope, examples: ofType } of taskGroups(examples)) {
    if (scope.capability === undefined) continue;
    const agents = [...groupBy(ofType, ({ agent }) => agent)]
      .sort(([a, own], [b, others]) => others.length - own.length || (a < b ? -1 : 1))
      .slice(0, agentsLookedAt);
    for (const [agent, own] of agents) {
      for (const [other, theirs] of agents) {
        if (other === agent) continue;
        for (const measure of Object.keys(measures) as (keyof typeof measures)[])
          yield* saving({ ...scope, agent }, own, { agent: other, examples: theirs }, measure);
      }
    }
  }
}

/** Both must hold, so the weaker test counts: not worse (by the normal approximation), and less (Mann–Whitney, of the sessions' means). */
function saving(
  scope: TaskGroup['scope'] & { agent: string },
  own: readonly Example[],
  other: { agent: string; examples: readonly Example[] },
  measure: keyof typeof measures,
): Hypothesis[] {
  const { better, valueOf, words } = measures[measure];
  const { agent, ...task } = scope;
  const [ownSuccess, otherSuccess] = [own, other.examples].map((some) => sessionMeans(some, ({ success }) => success));
  const [ownValues, otherValues] = [own, other.examples].map((some) =>
    sessionMeans(
      some.filter(({ succeeded }) => succeeded),
      valueOf,
    ),
  );
  if (!ownSuccess || !otherSuccess || !ownValues || !otherValues) return [];
  if (Math.min(ownValues.length, otherValues.length) < smallestSample) return [];
  const lag = mean(otherSuccess) - mean(ownSuccess) + smallestDifference;
  const notWorse = normalTail(lag / Math.sqrt(shareVariance(ownSuccess) + shareVariance(otherSuccess)));
  const saved = savedLog(ownValues, otherValues);
  const logs = [ownValues, otherValues].map((values) => values.map((value) => Math.log(Math.max(value, 1e-9))));
  const standardError = Math.sqrt(logs.reduce((sum, values) => sum + meanVariance(values), 0));
  return [
    {
      p: Math.max(notWorse, ranksBelow(otherValues, ownValues)),
      certainty: Math.min(1 - notWorse, certaintyOf(saved, smallestSaving, standardError)),
      matters:
        saved >= smallestSaving && savedLog(newestThird(ownValues), newestThird(otherValues)) >= smallestSaving / 2,
      insight: () => ({
        kind: InsightKind.optimisation,
        scope,
        feature: { agent: other.agent, measure },
        says: `${other.agent} does ${scopeWords(task)} as well as ${agent} (${percent(mean(otherSuccess))} and ${percent(mean(ownSuccess))} succeed) and is ${better}: ${words(median(otherValues))} instead of ${words(median(ownValues))}.`,
        counts: { sessions: ownSuccess.length, sessionsOfOther: otherSuccess.length },
        links: linksTo(other.examples),
      }),
    },
  ];
}

/** How many times less the other takes, as a logarithm. */
function savedLog(own: readonly number[], other: readonly number[]): number {
  return Math.log(Math.max(median(own), 1e-9) / Math.max(median(other), 1e-9));
}
