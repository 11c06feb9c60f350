import { mean, meanVariance } from '../learning/insights/statistics/summary';
import { studentQuantile } from '../prediction/beta-distribution';

export interface Interval {
  estimate: number;
  low: number;
  high: number;
}

/** The 97.5th percentile of the standard normal distribution. */
const z975 = 1.959963984540054;

/** 95% interval of a mean, by Student's t; two values at least. */
export function meanInterval(values: readonly number[]): Interval {
  const margin = studentQuantile(values.length - 1, 0.975) * Math.sqrt(meanVariance(values));
  return around(mean(values), margin);
}

/** … of the difference of two means, by Welch's t. */
export function differenceInterval(left: readonly number[], right: readonly number[]): Interval {
  const [a, b] = [meanVariance(left), meanVariance(right)];
  const degrees = a + b === 0 ? 1 : (a + b) ** 2 / (a ** 2 / (left.length - 1) + b ** 2 / (right.length - 1));
  const margin = a + b === 0 ? 0 : studentQuantile(degrees, 0.975) * Math.sqrt(a + b);
  return around(mean(left) - mean(right), margin);
}

/** … by the normal approximation. */
export function normalInterval(estimate: number, standardError: number): Interval {
  return around(estimate, z975 * standardError);
}

export function scaled({ estimate, low, high }: Interval, factor: number): Interval {
  return { estimate: estimate * factor, low: low * factor, high: high * factor };
}

function around(estimate: number, margin: number): Interval {
  return { estimate, low: estimate - margin, high: estimate + margin };
}
