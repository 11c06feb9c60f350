import type { RetryPolicy } from '../plan/plan';
import { createRandom } from '../random';

/**
 * Milliseconds until the next attempt: exponential backoff, capped, with a share of it drawn at random so that runs which failed
 * together do not come back together. The same seed gives the same delay.
 */
export function backoffMs(policy: RetryPolicy, tries: number, seed: string): number {
  // Bounded, because zero times infinity is not a number.
  const factor = Math.min(policy.backoff ** Math.max(0, tries - 1), Number.MAX_VALUE);
  const exponential = policy.initialIntervalMs * factor;
  const capped = Math.min(exponential, policy.maxIntervalMs);
  const spread = capped * policy.jitter;
  return Math.max(0, Math.round(capped - spread + 2 * spread * createRandom(seed)()));
}
