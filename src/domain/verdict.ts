/** What an attempt came to. `contradictory`: the evidence disagrees with itself, so it is no success. */
export const Verdict = {
  succeeded: 'succeeded',
  failed: 'failed',
  rateLimited: 'rate_limited',
  contradictory: 'contradictory',
  cancelled: 'cancelled',
  timedOut: 'timed_out',
} as const;
export type Verdict = (typeof Verdict)[keyof typeof Verdict];
