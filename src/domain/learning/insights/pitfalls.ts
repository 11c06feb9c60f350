import { compareShares } from './compare';
import type { Example } from './example';
import { linksTo } from './hypothesis';
import type { Hypothesis } from './hypothesis';
import { InsightKind } from './insight';
import type { InsightScope } from './insight';
import { testShareAbove } from './share-above';
import { bySession, groupBy, taskGroups } from './units';
import { percent, scopeWords } from './words';

/** An error is frequent where more than this share of the sessions meet it. */
export const frequent = 0.1;

/** No more errors than these can each be met by more than a tenth of the attempts, so no more are looked at. */
const errorsLookedAt = 10;

/** Errors that tasks of a type often end with, and those that one agent meets more often than others. */
export function* pitfallHypotheses(examples: readonly Example[]): Iterable<Hypothesis> {
  for (const { scope, examples: ofType } of taskGroups(examples)) {
    const agents = [...groupBy(ofType, ({ agent }) => agent)];
    for (const error of mostFrequent(ofType)) {
      yield* ofAll(scope, ofType, error);
      if (agents.length < 2) continue;
      for (const [agent, own] of agents) yield* ofOne({ ...scope, agent }, own, ofType, error);
    }
  }
}

/** Classes of errors, by the sessions that met them. */
export function mostFrequent(examples: readonly Example[]): string[] {
  const failed = examples.filter(({ errorClass }) => errorClass !== undefined);
  const sessionsOf = (some: readonly Example[]): number => new Set(some.map(({ session }) => session)).size;
  return [...groupBy(failed, ({ errorClass = '' }) => errorClass)]
    .map(([error, some]) => ({ error, sessions: sessionsOf(some) }))
    .sort((a, b) => b.sessions - a.sessions || (a.error < b.error ? -1 : 1))
    .slice(0, errorsLookedAt)
    .map(({ error }) => error);
}

/** Whether each session met the error. */
export const met = (examples: readonly Example[], error: string): boolean[] =>
  bySession(examples).map((attempts) => attempts.some(({ errorClass }) => errorClass === error));

function ofAll(scope: InsightScope, examples: readonly Example[], error: string): Hypothesis[] {
  const test = testShareAbove(met(examples, error), frequent);
  if (!test) return [];
  const { hits, of } = test;
  return [{ ...test, insight: () => pitfall(scope, examples, error, { hits, of }, '') }];
}

/** Against the other agents. */
function ofOne(scope: InsightScope, own: readonly Example[], all: readonly Example[], error: string): Hypothesis[] {
  const others = all.filter(({ agent }) => agent !== scope.agent);
  const hits = met(own, error);
  const test = compareShares(hits.map(Number), met(others, error).map(Number));
  if (!test) return [];
  const count = { hits: hits.filter(Boolean).length, of: hits.length };
  return [
    {
      ...test,
      matters: test.matters && test.withIt > test.without,
      insight: () => pitfall(scope, own, error, count, `; with other agents ${percent(test.without)}`),
    },
  ];
}

function pitfall(
  scope: InsightScope,
  examples: readonly Example[],
  error: string,
  { hits, of }: { hits: number; of: number },
  others: string,
): ReturnType<Hypothesis['insight']> {
  const failed = examples.filter(({ errorClass }) => errorClass === error);
  return {
    kind: InsightKind.pitfall,
    scope,
    feature: { error },
    says: `${percent(hits / of)} of ${of} sessions with ${scopeWords(scope)} met the error “${error}”${others}.`,
    counts: { sessions: of, sessionsThatMetIt: hits, attempts: examples.length, attemptsThatMetIt: failed.length },
    links: linksTo(failed),
  };
}
