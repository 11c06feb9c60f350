import { ApiError } from './api-error';
import { pause } from './pause';

const firstPauseMs = 200;
const longestPauseMs = 5_000;

/** Nobody is asked to stay away for longer: what the agent holds would be lost. */
const longestAskedMs = 30_000;

interface Persistence {
  signal: AbortSignal;
  onError(error: unknown): void;
  wait?(ms: number, signal: AbortSignal): Promise<void>;
}

/**
 * Repeats a request until it is answered: with longer and longer pauses while the API is away, no shorter than it asks for, each a little different,
 * so that many agents do not come back at once. Rejects where it is refused for good, or `signal` is aborted.
 */
export async function persist<Answer>(
  request: (isRepeated: boolean) => Promise<Answer>,
  { signal, onError, wait = pause }: Persistence,
): Promise<Answer> {
  for (let tries = 0; ; tries++) {
    try {
      return await request(tries > 0);
    } catch (error) {
      if (signal.aborted || (error instanceof ApiError && !isPassing(error))) throw error;
      if (tries === 0) onError(error);
      await wait(pauseMs(tries, error), signal);
    }
  }
}

function pauseMs(tries: number, error: unknown): number {
  const ownMs = Math.min(firstPauseMs * 2 ** tries, longestPauseMs);
  const askedMs = error instanceof ApiError ? Math.min(error.retryAfterMs ?? 0, longestAskedMs) : 0;
  return Math.max(askedMs, ownMs / 2) + (Math.random() * ownMs) / 2;
}

/** An agent has no other way to go: what is wrong inside of the API may be put right by those who run it. */
function isPassing({ retryable, status }: ApiError): boolean {
  return retryable || status >= 500;
}
