import { certaintyOf } from './hypothesis';
import { atLeast, atMost } from './statistics/binomial';
import { newestThird, smallestSample } from './units';

export interface ShareTest {
  p: number;
  certainty: number;
  matters: boolean;
  hits: number;
  of: number;
}

/** Whether more than a share of the sessions are hits, by the exact binomial test; undefined where there are too few. `hits` is in order of time. */
export function testShareAbove(hits: readonly boolean[], share: number): ShareTest | undefined {
  return testShare(hits, share, 1);
}

/** The same for less than a share. */
export function testShareBelow(hits: readonly boolean[], share: number): ShareTest | undefined {
  return testShare(hits, share, -1);
}

function testShare(values: readonly boolean[], share: number, sign: 1 | -1): ShareTest | undefined {
  if (values.length < smallestSample) return undefined;
  const count = (some: readonly boolean[]): { hits: number; of: number } => ({
    hits: some.filter(Boolean).length,
    of: some.length,
  });
  const seen = count(values);
  const recent = count(newestThird(values));
  const smoothed = (seen.hits + 1) / (seen.of + 2);
  return {
    p: sign > 0 ? atLeast(seen, share) : atMost(seen, share),
    certainty: certaintyOf(
      sign * (seen.hits / seen.of),
      sign * share,
      Math.sqrt((smoothed * (1 - smoothed)) / seen.of),
    ),
    matters: sign * (recent.hits / recent.of - share) >= 0,
    ...seen,
  };
}
