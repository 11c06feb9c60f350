import { smallestDifference } from './compare';
import type { Example } from './example';
import { certaintyOf } from './hypothesis';
import { ranksBelow } from './statistics/mann-whitney';
import { normalTail } from './statistics/normal';
import { mean, meanVariance, median, shareVariance } from './statistics/summary';
import { newestThird, sessionMeans, smallestSample } from './units';

/** Less is saved by nobody: four fifths of what the others take. */
const smallestSaving = -Math.log(0.8);

/** How some attempts compare with others of their kind. Means of sessions, in order of time. */
export interface Saving {
  p: number;
  certainty: number;
  matters: boolean;
  success: { own: number[]; other: number[] };
  /** Of those that succeeded. */
  values: { own: number[]; other: number[] };
}

/**
 * Whether the others do as well, for less. Both must hold, so the weaker test counts: not worse (by the normal approximation), and less (Mann–Whitney, of the
 * sessions' means). Undefined where there are too few. The examples are in order.
 */
export function savingBy(
  own: readonly Example[],
  others: readonly Example[],
  valueOf: (example: Example) => number | null,
): Saving | undefined {
  const successOf = (some: readonly Example[]): number[] => sessionMeans(some, ({ success }) => success);
  const valuesOf = (some: readonly Example[]): number[] =>
    sessionMeans(
      some.filter(({ succeeded }) => succeeded),
      valueOf,
    );
  const success = { own: successOf(own), other: successOf(others) };
  const values = { own: valuesOf(own), other: valuesOf(others) };
  if (Math.min(values.own.length, values.other.length) < smallestSample) return undefined;
  const lag = mean(success.other) - mean(success.own) + smallestDifference;
  const notWorse = normalTail(lag / Math.sqrt(shareVariance(success.own) + shareVariance(success.other)));
  const saved = savedLog(values.own, values.other);
  const logs = [values.own, values.other].map((some) => some.map((value) => Math.log(Math.max(value, 1e-9))));
  const standardError = Math.sqrt(logs.reduce((sum, some) => sum + meanVariance(some), 0));
  return {
    p: Math.max(notWorse, ranksBelow(values.other, values.own)),
    certainty: Math.min(1 - notWorse, certaintyOf(saved, smallestSaving, standardError)),
    matters:
      saved >= smallestSaving && savedLog(newestThird(values.own), newestThird(values.other)) >= smallestSaving / 2,
    success,
    values,
  };
}

/** How many times less the others take, as a logarithm. */
function savedLog(own: readonly number[], other: readonly number[]): number {
  return Math.log(Math.max(median(own), 1e-9) / Math.max(median(other), 1e-9));
}
