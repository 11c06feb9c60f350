import type { Example } from './example';
import { linksTo } from './hypothesis';
import type { Hypothesis } from './hypothesis';
import { InsightKind } from './insight';
import type { InsightScope } from './insight';
import { testShareAbove, testShareBelow } from './share-above';
import { groupBy, sessionMeans, taskGroups } from './units';
import { percent, scopeWords } from './words';

/** Retries are in vain where the second attempt succeeds in fewer of the sessions, and nearly always help where it does in more. */
const vain = 0.2;
const helpful = 0.8;

/** Whether trying again saves tasks of a type whose first attempt has failed. */
export function* retryHypotheses(examples: readonly Example[]): Iterable<Hypothesis> {
  for (const { scope, examples: ofType } of taskGroups(examples)) {
    const runs = groupBy(ofType, ({ session, run }) => JSON.stringify([session, run]));
    const retries = [...runs.values()].flatMap(([first, second]) =>
      first?.succeeded === false && second ? [second] : [],
    );
    const saved = sessionMeans(retries, ({ succeeded }) => (succeeded ? 1 : 0)).map((share) => share >= 0.5);
    yield* retrying(scope, 'in vain', testShareBelow(saved, vain), retries, { retries: 0 });
    yield* retrying(scope, 'helps', testShareAbove(saved, helpful), retries);
  }
}

function retrying(
  scope: InsightScope,
  outcome: string,
  test: ReturnType<typeof testShareAbove>,
  retries: readonly Example[],
  advice?: Record<string, number>,
): Hypothesis[] {
  if (!test) return [];
  const { hits, of } = test;
  return [
    {
      ...test,
      insight: () => ({
        kind: InsightKind.parameter,
        scope,
        feature: { parameter: 'retries', outcome },
        says: `Trying ${scopeWords(scope)} again after a failure helps at once in ${percent(hits / of)} of ${of} sessions (${retries.length} retries).`,
        counts: { sessions: of, sessionsSaved: hits, retries: retries.length },
        links: linksTo(retries),
        ...(advice && { advice }),
      }),
    },
  ];
}
