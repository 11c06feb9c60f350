import type { RunTaskResult } from '../../contracts/protocol/activities';
import type { Verdict } from '../../domain/verdict';

/** What Temporal is told of an outcome. */
export function resultOf(outcome: { verdict: Verdict; retryable: boolean; retryAfterMs?: number }): RunTaskResult {
  return {
    ran: true,
    verdict: outcome.verdict,
    ...(!outcome.retryable && { retryable: false }),
    ...(outcome.retryAfterMs !== undefined && { retryAfterMs: outcome.retryAfterMs }),
  };
}
