import type { Breaker } from './circuit-breaker';

/** What others know of a circuit breaker that is not closed. */
export type BreakerState =
  | { state: 'half-open'; why: string }
  /** `until`: in milliseconds since 1970; null where somebody holds it open. */
  | { state: 'open'; why: string; until: number | null };

/** Undefined where the breaker is closed, or there never was a reason for one. */
export function breakerState(breaker: Breaker | null): BreakerState | undefined {
  if (breaker === null || breaker.state === 'closed') return undefined;
  const { state, why } = breaker;
  return state === 'open' ? { state, why, until: breaker.until } : { state, why };
}

/** In a sentence without its end. */
export function breakerWords(breaker: BreakerState): string {
  if (breaker.state === 'half-open') return 'its circuit breaker lets one trial attempt through at a time';
  if (breaker.until === null) return `it is in quarantine: ${breaker.why}`;
  return `its circuit breaker is open until ${new Date(breaker.until).toISOString()}, because ${breaker.why}`;
}
