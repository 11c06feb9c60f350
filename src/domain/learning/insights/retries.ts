import type { Example } from './example';
import { linksTo } from './hypothesis';
import type { Hypothesis } from './hypothesis';
import { InsightKind } from './insight';
import type { InsightScope } from './insight';
import { mostFrequent } from './pitfalls';
import { testShareAbove, testShareBelow } from './share-above';
import { groupBy, sessionMeans, taskGroups } from './units';
import { percent, scopeWords } from './words';

/** Retries are in vain where the second attempt succeeds in fewer of the sessions, and nearly always help where it does in more. */
const vain = 0.2;
const helpful = 0.8;

/** An error after which trying again never helped is believed to be one after this many sessions. */
const fewestInVain = 20;

/** Whether trying again saves tasks of a type whose first attempt has failed; and after which errors it never did. */
export function* retryHypotheses(examples: readonly Example[]): Iterable<Hypothesis> {
  for (const { scope, examples: ofType } of taskGroups(examples)) {
    const runs = [...groupBy(ofType, ({ session, run }) => JSON.stringify([session, run])).values()];
    const retries = runs.flatMap(([first, second]) => (first?.succeeded === false && second ? [second] : []));
    const saved = savedIn(retries);
    yield* retrying(scope, { outcome: 'in vain' }, testShareBelow(saved, vain), retries, { retries: 0 });
    yield* retrying(scope, { outcome: 'helps' }, testShareAbove(saved, helpful), retries);
    for (const error of mostFrequent(ofType)) yield* afterError(scope, runs, error);
  }
}

function* afterError(scope: InsightScope, runs: readonly Example[][], error: string): Iterable<Hypothesis> {
  const retries = runs.flatMap((attempts) => attempts.filter((_, at) => attempts[at - 1]?.errorClass === error));
  const test = testShareBelow(savedIn(retries), vain);
  const neverHelped = test && test.of >= fewestInVain && retries.every(({ succeeded }) => !succeeded);
  yield* retrying(scope, { outcome: 'in vain', error }, test && { ...test, matters: neverHelped === true }, retries, {
    retries: 0,
  });
}

function savedIn(retries: readonly Example[]): boolean[] {
  return sessionMeans(retries, ({ succeeded }) => (succeeded ? 1 : 0)).map((share) => share >= 0.5);
}

function retrying(
  scope: InsightScope,
  feature: { outcome: string; error?: string },
  test: ReturnType<typeof testShareAbove>,
  retries: readonly Example[],
  advice?: Record<string, number>,
): Hypothesis[] {
  if (!test) return [];
  const { hits, of } = test;
  const failure = feature.error === undefined ? 'a failure' : `the error “${feature.error}”`;
  return [
    {
      ...test,
      insight: () => ({
        kind: InsightKind.parameter,
        scope,
        feature: { parameter: 'retries', ...feature },
        says: `Trying ${scopeWords(scope)} again after ${failure} helps at once in ${percent(hits / of)} of ${of} sessions (${retries.length} retries).`,
        counts: { sessions: of, sessionsSaved: hits, retries: retries.length },
        links: linksTo(retries),
        ...(advice && { advice }),
      }),
    },
  ];
}
