import type { Example } from './example';
import { linksTo } from './hypothesis';
import type { Hypothesis } from './hypothesis';
import { InsightKind } from './insight';
import type { Insight } from './insight';
import { testShareAbove } from './share-above';
import { normalQuantile } from './statistics/normal';
import { median, quantile } from './statistics/summary';
import { bySession, groupBy, smallestSample } from './units';
import { aboutDuration } from '../../routing/plain-words';
import { percent } from './words';

/** What a timeout leaves above the longest success that was seen. */
const margin = 1.5;

/** Share of the successes that have to end within a timeout. */
const covered = 0.95;

/** Timeouts that nothing ran into cost nothing. */
const fewestTimeouts = 3;

/** A timeout is too short where more than this share of the sessions run into it. */
const frequent = 0.1;

type TimedExample = Example & { timeoutMs: number };

function isTimed(example: Example): example is TimedExample {
  return example.timeoutMs !== null;
}

/** Timeouts that make hanging attempts wait for nothing, and timeouts that end attempts which were at work. */
export function* timeoutHypotheses(examples: readonly Example[]): Iterable<Hypothesis> {
  for (const [, own] of groupBy(examples.filter(isTimed), ({ plan, task }) => JSON.stringify([plan, task]))) {
    const newest = own.at(-1);
    if (!newest) continue;
    // Attempts under another timeout say nothing of this one.
    const same = own.filter(({ timeoutMs }) => timeoutMs === newest.timeoutMs);
    const durations = same.flatMap(({ succeeded, durationMs }) =>
      succeeded && durationMs !== null ? [durationMs] : [],
    );
    if (durations.length < smallestSample) continue;
    const isHanging = quantile(durations, 0.9) * 3 < newest.timeoutMs;
    yield* isHanging ? tooLong(newest, same, durations) : tooShort(newest, same, durations);
  }
}

/**
 * By order statistics, for any distribution: the longest of n sessions is above the 95th percentile with a chance of 1 − 0.95ⁿ.
 */
function tooLong(newest: TimedExample, examples: readonly TimedExample[], durations: readonly number[]): Hypothesis[] {
  const hanging = examples.filter(({ timedOut }) => timedOut);
  const sessions = bySession(examples.filter(({ succeeded }) => succeeded)).length;
  const timeoutMs = Math.ceil(Math.max(...durations) * margin);
  const p = covered ** sessions;
  const says = `${hanging.length} attempts of task ${newest.task} of plan ${newest.plan} ran into the timeout of ${aboutDuration(newest.timeoutMs)}, and each that succeeded took at most ${aboutDuration(Math.max(...durations))} (${sessions} sessions): ${aboutDuration(timeoutMs)} would have been enough.`;
  return [
    {
      p,
      certainty: 1 - p,
      matters: bySession(hanging).length >= fewestTimeouts && timeoutMs * 2 <= newest.timeoutMs,
      insight: () => timeout(newest, says, { timeoutMs, sessions, timedOut: hanging.length }, hanging),
    },
  ];
}

/** What 99 of 100 would need, where durations are log-normal: the median and the share that was cut off say how wide they spread. */
function tooShort(newest: TimedExample, examples: readonly TimedExample[], durations: readonly number[]): Hypothesis[] {
  const sessions = bySession(examples);
  const test = testShareAbove(
    sessions.map((attempts) => attempts.some(({ timedOut }) => timedOut)),
    frequent,
  );
  if (!test) return [];
  const cut = examples.filter(({ timedOut }) => timedOut);
  const all = [...durations, ...cut.map(() => newest.timeoutMs)];
  const share = cut.length / all.length;
  const middle = Math.log(median(all));
  const spread = (Math.log(newest.timeoutMs) - middle) / normalQuantile(1 - share);
  const timeoutMs = Math.ceil(Math.exp(middle + spread * normalQuantile(0.99)));
  const says = `${percent(test.hits / test.of)} of ${test.of} sessions ran into the timeout of ${aboutDuration(newest.timeoutMs)} with task ${newest.task} of plan ${newest.plan}, which takes ${aboutDuration(median(all))} at the median: ${aboutDuration(timeoutMs)} should be enough for 99 of 100 attempts.`;
  return [
    {
      ...test,
      // Where half of them are cut off, nothing tells what they would have needed.
      matters: test.matters && share > 0 && share < 0.5 && timeoutMs > newest.timeoutMs,
      insight: () => timeout(newest, says, { timeoutMs, sessions: test.of, timedOut: cut.length }, cut),
    },
  ];
}

function timeout(
  { plan, task }: Example,
  says: string,
  { timeoutMs, ...counts }: { timeoutMs: number; sessions: number; timedOut: number },
  attempts: readonly Example[],
): Omit<Insight, 'confidence'> {
  return {
    kind: InsightKind.parameter,
    scope: { plan, task },
    feature: { parameter: 'timeout' },
    says,
    counts,
    links: linksTo(attempts),
    advice: { timeoutMs },
  };
}
