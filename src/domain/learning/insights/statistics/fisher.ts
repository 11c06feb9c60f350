import { logChoose } from './log-factorial';

/** How many of a group have what is looked for. */
export interface Share {
  hits: number;
  of: number;
}

/** Tables as likely as the one that was seen differ by rounding. */
const tolerance = 1 + 1e-7;

/** Fisher's exact test, two-sided: how likely shares as different as these are, where both groups are alike. */
export function fisherTest(left: Share, right: Share): number {
  const hits = left.hits + right.hits;
  const total = left.of + right.of;
  const all = logChoose(total, hits);
  const chanceOf = (leftHits: number): number =>
    Math.exp(logChoose(left.of, leftHits) + logChoose(right.of, hits - leftHits) - all);
  const seen = chanceOf(left.hits) * tolerance;
  let p = 0;
  for (let k = Math.max(0, hits - right.of); k <= Math.min(left.of, hits); k++) {
    const chance = chanceOf(k);
    if (chance <= seen) p += chance;
  }
  return Math.min(1, p);
}
