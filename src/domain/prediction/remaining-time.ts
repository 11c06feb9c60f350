import type { LogNormal } from './log-normal';
import { normalQuantileAbove, normalTail } from './normal-tail';
import { drawNormal } from '../random-variates';

/** Beyond so many standard deviations the tail is as good as exponential, and exact shares of it run out of digits. */
const farOut = 6;

/** Draws how long something still takes that has been under way for a time: what it would have taken less than that is out of the question. */
export function drawRemainingMs({ mu, sigma }: LogNormal, elapsedMs: number, random: () => number): number {
  if (elapsedMs <= 1) return Math.exp(mu + sigma * drawNormal(random));
  const least = (Math.log(elapsedMs) - mu) / sigma;
  const share = 1 - random();
  const z = least > farOut ? least - Math.log(share) / least : normalQuantileAbove(share * normalTail(least));
  return Math.max(0, Math.exp(mu + sigma * z) - elapsedMs);
}
