import { setTimeout as delay } from 'node:timers/promises';
import { ApiError } from './agent-api';

const firstPauseMs = 200;
const longestPauseMs = 5_000;

/**
 * Repeats a request until it is answered: with longer and longer pauses while the API is away, each a little different, so that many agents do
 * not come back at once. Rejects where it is refused for good, or `signal` is aborted.
 */
export async function persist<Answer>(
  request: (isRepeated: boolean) => Promise<Answer>,
  { signal, onError }: { signal: AbortSignal; onError: (error: unknown) => void },
): Promise<Answer> {
  for (let tries = 0; ; tries++) {
    try {
      return await request(tries > 0);
    } catch (error) {
      if (signal.aborted || (error instanceof ApiError && !error.isPassing)) throw error;
      if (tries === 0) onError(error);
      const pauseMs = Math.min(firstPauseMs * 2 ** tries, longestPauseMs);
      await delay(pauseMs * (0.5 + Math.random() / 2), undefined, { signal });
    }
  }
}
