import { certaintyOf } from './hypothesis';
import { fisherTest } from './statistics/fisher';
import type { Share } from './statistics/fisher';
import { mean, median, shareVariance } from './statistics/summary';
import { newestThird, smallestSample } from './units';

/** Shares that differ by less are of no use to anybody. */
export const smallestDifference = 0.15;

/** Fewer in the newest third say nothing yet. */
const smallestRecent = 5;

export interface Comparison {
  p: number;
  certainty: number;
  matters: boolean;
  withIt: number;
  without: number;
}

/**
 * Shares of sessions, each 0–1, with a feature and without it. Fisher's exact test of how many lie above the median of all: exact for shares of any
 * distribution, and for whole successes and failures the test of these. Undefined where there are too few.
 */
export function compareShares(withIt: readonly number[], without: readonly number[]): Comparison | undefined {
  if (Math.min(withIt.length, without.length) < smallestSample) return undefined;
  const difference = mean(withIt) - mean(without);
  const standardError = Math.sqrt(shareVariance(withIt) + shareVariance(without));
  return {
    p: fisherTest(...sessionsWith(withIt, without)),
    certainty: certaintyOf(Math.abs(difference), smallestDifference, standardError),
    matters: Math.abs(difference) >= smallestDifference && stillDiffers(withIt, without, difference),
    withIt: mean(withIt),
    without: mean(without),
  };
}

/** How many of each lie above the median of all. */
export function sessionsWith(withIt: readonly number[], without: readonly number[]): [Share, Share] {
  const isHigh = highOf([...withIt, ...without]);
  const shareOf = (values: readonly number[]): Share => ({ hits: values.filter(isHigh).length, of: values.length });
  return [shareOf(withIt), shareOf(without)];
}

/** Splits values at their median, on the side of it that makes the halves more equal. */
function highOf(values: readonly number[]): (value: number) => boolean {
  const middle = median(values);
  const above = values.filter((value) => value > middle).length;
  const notBelow = values.filter((value) => value >= middle).length;
  const isAboveFairer = Math.abs(above - values.length / 2) < Math.abs(notBelow - values.length / 2);
  return isAboveFairer ? (value) => value > middle : (value) => value >= middle;
}

/** In the newest third by half as much at least: what was so, and is no more, fades from the mean only slowly. */
function stillDiffers(withIt: readonly number[], without: readonly number[], difference: number): boolean {
  const recent = [newestThird(withIt), newestThird(without)] as const;
  if (recent.some(({ length }) => length < smallestRecent)) return true;
  return Math.sign(difference) * (mean(recent[0]) - mean(recent[1])) >= Math.abs(difference) / 2;
}
