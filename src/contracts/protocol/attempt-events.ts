import type { AttemptEnded, SessionEvent } from '../../domain/session/events';
import type { Verdict } from '../../domain/verdict';
import { eventIds } from './ids';

/** What an attempt came to, as it is stored and returned. */
export interface AttemptOutcome {
  verdict: Verdict;
  retryable: boolean;
  retryAfterMs?: number | null | undefined;
}

/** The one event of the end of an attempt, whoever reports it. */
export function attemptEnded(run: string, attempt: number, outcome: AttemptOutcome): AttemptEnded {
  const { verdict, retryable, retryAfterMs } = outcome;
  return {
    id: eventIds.attemptEnded(run, attempt),
    type: 'attempt-ended',
    run,
    attempt,
    verdict,
    ...(!retryable && { retryable: false }),
    ...(typeof retryAfterMs === 'number' && { retryAfterMs }),
  };
}

/** Nothing was heard of the attempt any more. The turn that takes this in finds out what became of it. */
export function attemptLost(run: string, attempt: number): SessionEvent {
  return { id: eventIds.attemptLost(run, attempt), type: 'attempt-lost', run, attempt };
}

/** The attempt waited for a worker in vain, or was withdrawn before one took it. */
export function attemptUnstarted(run: string, attempt: number): SessionEvent {
  return { id: eventIds.attemptUnstarted(run, attempt), type: 'attempt-unstarted', run, attempt };
}
