import { logChoose } from './log-factorial';
import type { Share } from './fisher';

/** Exact binomial test, one-sided: how likely at least so many hits are, where the chance of each is `chance` (above 0, below 1). */
export function atLeast({ hits, of }: Share, chance: number): number {
  let p = 0;
  for (let k = hits; k <= of; k++)
    p += Math.exp(logChoose(of, k) + k * Math.log(chance) + (of - k) * Math.log1p(-chance));
  return Math.min(1, p);
}

/** The same for at most so many. */
export function atMost({ hits, of }: Share, chance: number): number {
  return atLeast({ hits: of - hits, of }, 1 - chance);
}
