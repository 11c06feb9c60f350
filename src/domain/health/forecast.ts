import type { Sample } from './trend';
import { trendOf } from './trend';

/** When something runs out, if it goes on as it did. Times in milliseconds since 1970. */
export interface Forecast {
  at: number;
  /** It is earlier in one of twenty cases, as far as the trend goes. */
  earliest: number;
  /** It is later in one of twenty; null where that may be never. */
  latest: number | null;
  /** How much is used up in an hour. */
  perHour: number;
}

/** A trend is taken for one if chance makes the like of it once in a thousand times. */
export const trendSignificance = 0.001;

/** Nobody knows the future for longer than this many times the past. */
const horizonPasts = 3;

const hourMs = 3_600_000;
/** Theil–Sen compares all pairs. */
const mostSamples = 120;

/**
 * When the samples, in order of time, reach the limit; undefined where they have no significant trend towards it, or reach it later than three times
 * the time that was looked at. A limit that is reached already is reached at the last sample.
 *
 * @param towards whether the limit lies above (`rising`) or below
 */
export function forecast(
  samples: readonly Sample[],
  limit: number,
  towards: 'rising' | 'falling',
): Forecast | undefined {
  const sign = towards === 'rising' ? 1 : -1;
  const kept = thinned(samples);
  const [first, last] = [kept[0], kept.at(-1)];
  const trend = trendOf(kept);
  if (!first || !last || !trend || trend.pValue >= trendSignificance || sign * trend.slope <= 0) return undefined;
  const left = Math.max(0, sign * (limit - trend.level));
  const [slowest, fastest] = sign > 0 ? [trend.leastSlope, trend.mostSlope] : [-trend.mostSlope, -trend.leastSlope];
  const after = left / (sign * trend.slope);
  if (after > horizonPasts * (last.at - first.at)) return undefined;
  return {
    at: Math.round(last.at + after),
    earliest: Math.round(last.at + left / fastest),
    latest: slowest > 0 ? Math.round(last.at + left / slowest) : null,
    perHour: sign * trend.slope * hourMs,
  };
}

/** Evenly chosen, with the first and the last. */
function thinned(samples: readonly Sample[]): Sample[] {
  if (samples.length <= mostSamples) return [...samples];
  const step = (samples.length - 1) / (mostSamples - 1);
  return Array.from({ length: mostSamples }, (_, at) => samples[Math.round(at * step)]).flatMap(
    (sample) => sample ?? [],
  );
}
