import type { Example } from './example';
import { linksTo } from './hypothesis';
import type { Hypothesis } from './hypothesis';
import { InsightKind } from './insight';
import { savingBy } from './savings';
import { mean, median } from './statistics/summary';
import type { TaskGroup } from './units';
import { groupBy, taskGroups } from './units';
import { aboutDuration } from '../../routing/plain-words';
import { percent, scopeWords } from './words';

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

function saving(
  scope: TaskGroup['scope'] & { agent: string },
  own: readonly Example[],
  other: { agent: string; examples: readonly Example[] },
  measure: keyof typeof measures,
): Hypothesis[] {
  const { better, valueOf, words } = measures[measure];
  const { agent, ...task } = scope;
  const found = savingBy(own, other.examples, valueOf);
  if (!found) return [];
  const { p, certainty, matters, success, values } = found;
  return [
    {
      p,
      certainty,
      matters,
      insight: () => ({
        kind: InsightKind.optimisation,
        scope,
        feature: { agent: other.agent, measure },
        says: `${other.agent} does ${scopeWords(task)} as well as ${agent} (${percent(mean(success.other))} and ${percent(mean(success.own))} succeed) and is ${better}: ${words(median(values.other))} instead of ${words(median(values.own))}.`,
        counts: { sessions: success.own.length, sessionsOfOther: success.other.length },
        links: linksTo(other.examples),
      }),
    },
  ];
}
