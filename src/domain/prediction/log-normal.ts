import { studentQuantile } from './beta-distribution';
import type { MeasuredDurations } from './measured-durations';
import { drawChiSquared, drawNormal } from '../random-variates';

/** How long something takes, as far as its measurements say: logarithms are normal, with a mean and a variance that are not known exactly. */
export interface DurationBelief {
  /** Of the logarithm of milliseconds. */
  mean: number;
  /** What the mean rests on. */
  count: number;
  /** The best guess of the variance, and what it is worth. */
  variance: number;
  degrees: number;
}

/** One possible truth. */
export interface LogNormal {
  mu: number;
  sigma: number;
}

/** What is believed of the variance beforehand counts as much as so many durations. */
const varianceWeight = 3;

/**
 * The normal model with an unknown mean and variance; `variance`: the mean of what is believed of it beforehand. Its scaled inverse χ² distribution has that
 * mean with two degrees of freedom more than it weighs: with fewer, forecasts of few measurements are too wide.
 */
export function believedDuration(measured: MeasuredDurations, variance: number): DurationBelief {
  const degrees = varianceWeight + 2 + Math.max(0, measured.count - 1);
  return {
    mean: measured.logMean,
    count: measured.count,
    variance: (varianceWeight * variance + measured.logSquares) / degrees,
    degrees,
  };
}

/** Draws what may be true: few measurements leave much room, so that their predictions are wide. */
export function drawLogNormal({ mean, count, variance, degrees }: DurationBelief, random: () => number): LogNormal {
  const sigma = Math.sqrt((variance * degrees) / drawChiSquared(random, degrees));
  return { mu: mean + (sigma / Math.sqrt(count)) * drawNormal(random), sigma };
}

/** The duration in milliseconds that a share of the next ones stays within: Student's t on the logarithms. */
export function durationQuantile({ mean, count, variance, degrees }: DurationBelief, share: number): number {
  return Math.exp(mean + studentQuantile(degrees, share) * Math.sqrt(variance * (1 + 1 / count)));
}
