import type { Settlement } from '../../src/contracts/ports/attempt-store';
import { jsonArtifact } from '../../src/contracts/schemas/json-artifact';
import type { RunTaskInput } from '../../src/contracts/protocol/activities';
import type { Json } from '../../src/domain/json';

/** A success of the attempt with the output, unless told otherwise. */
export function settlement(attempt: RunTaskInput, changes: Partial<Settlement> & { value?: Json } = {}): Settlement {
  const { value = { ok: true }, ...rest } = changes;
  return {
    attempt,
    planName: 'test',
    verdict: 'succeeded',
    retryable: true,
    startedAt: 1_000,
    endedAt: 3_000,
    evidence: [],
    tokens: 100,
    costUsd: 0.25,
    ...((rest.verdict ?? 'succeeded') === 'succeeded' && {
      output: jsonArtifact(value),
    }),
    ...rest,
  };
}

/** What is learnt fades with its age. */
export const justNow = (): { startedAt: number; endedAt: number } => ({
  startedAt: Date.now() - 2_000,
  endedAt: Date.now(),
});
