import { median, quantile } from './robust';

/** A measured value and when it was measured, in milliseconds since 1970. */
export interface Sample {
  at: number;
  value: number;
}

/** A straight line through samples. Slopes are in units of the value a millisecond. */
export interface Trend {
  slope: number;
  /** The true slope lies between these in nine of ten cases. */
  leastSlope: number;
  mostSlope: number;
  /** Of the line, at the time of the last sample. */
  level: number;
  /** The probability that samples without any trend look as much like one (Mann–Kendall, two-sided). */
  pValue: number;
}

/** Below this number, hardly any order of samples is improbable enough. */
const fewestSamples = 12;
/** The 95th percentile of the standard normal distribution. */
const z95 = 1.6448536269514722;

/**
 * The line of Theil and Sen: its slope is the median of the slopes between all pairs of samples, so that almost three of ten may be outliers. Takes
 * n² time, so give it some hundred samples at most. Undefined with fewer than 12.
 *
 * @param samples in order of time
 */
export function trendOf(samples: readonly Sample[]): Trend | undefined {
  const last = samples.at(-1);
  if (!last || samples.length < fewestSamples) return undefined;
  const slopes: number[] = [];
  let rises = 0;
  samples.forEach((left, at) => {
    for (const right of samples.slice(at + 1)) {
      rises += Math.sign(right.value - left.value);
      if (right.at > left.at) slopes.push((right.value - left.value) / (right.at - left.at));
    }
  });
  if (slopes.length === 0) return undefined;
  const slope = median(slopes);
  const deviation = deviationOfRises(samples);
  const margin = Math.min(0.5, (z95 * deviation) / (2 * slopes.length));
  return {
    slope,
    leastSlope: quantile(slopes, 0.5 - margin),
    mostSlope: quantile(slopes, 0.5 + margin),
    level: median(samples.map(({ at, value }) => value + slope * (last.at - at))),
    pValue: deviation === 0 ? 1 : 2 * upperTail(Math.max(0, Math.abs(rises) - 1) / deviation),
  };
}

/**
 * The standard deviation of how many more pairs rise than fall, where there is no trend (Kendall). Samples that follow each other are alike, and each
 * says less than one of its own would.
 */
function deviationOfRises(samples: readonly Sample[]): number {
  const count = samples.length;
  const ties = new Map<number, number>();
  for (const { value } of samples) ties.set(value, (ties.get(value) ?? 0) + 1);
  const variance = (n: number): number => (n * (n - 1) * (2 * n + 5)) / 18;
  const tied = [...ties.values()].reduce((sum, size) => sum + variance(size), 0);
  return Math.sqrt((variance(count) - tied) / effectiveShare(samples));
}

/** The share of the samples that as many independent ones would be, by the correlation of each with the next once the trend is taken out. */
function effectiveShare(samples: readonly Sample[]): number {
  const [first] = samples;
  const last = samples.at(-1);
  if (!first || !last || last.at === first.at) return 1;
  const meanAt = samples.reduce((sum, { at }) => sum + (at - first.at), 0) / samples.length;
  const mean = samples.reduce((sum, { value }) => sum + value, 0) / samples.length;
  let [covariance, variance] = [0, 0];
  for (const { at, value } of samples) {
    covariance += (at - first.at - meanAt) * (value - mean);
    variance += (at - first.at - meanAt) ** 2;
  }
  const slope = variance === 0 ? 0 : covariance / variance;
  const rests = samples.map(({ at, value }) => value - mean - slope * (at - first.at - meanAt));
  const power = rests.reduce((sum, rest) => sum + rest * rest, 0);
  const products = rests.reduce((sum, rest, at) => sum + rest * (rests[at + 1] ?? 0), 0);
  const correlation = power === 0 ? 0 : Math.min(0.95, Math.max(0, products / power));
  return (1 - correlation) / (1 + correlation);
}

/** The probability that a standard normal variable is greater, within 7.5e-8 (Abramowitz and Stegun, 26.2.17). */
function upperTail(z: number): number {
  const t = 1 / (1 + 0.2316419 * z);
  const series = t * (0.31938153 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))));
  return (Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI)) * series;
}
