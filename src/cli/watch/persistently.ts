import { setTimeout as delay } from 'node:timers/promises';
import { OrchestraError } from '../../domain/errors';

export interface Persistence {
  /** Nobody keeps the servers running any more: trying again is in vain. */
  isOwnerGone(): boolean;
  /** Tells the user, once for each time of trouble. */
  notice(message: string): void;
  signal: AbortSignal;
  /** Default 5 minutes. */
  giveUpAfterMs?: number;
}

/**
 * Does it again while the servers do not answer: a session outlives them, and so does who watches it. Throws SERVER_UNAVAILABLE when they stay
 * away, and what the operation throws for the user at once.
 */
export async function persistently<T>(operation: () => Promise<T>, options: Persistence): Promise<T> {
  const giveUpAt = performance.now() + (options.giveUpAfterMs ?? 5 * 60_000);
  for (let failures = 0; ; failures++) {
    try {
      return await operation();
    } catch (error) {
      if (error instanceof OrchestraError || options.signal.aborted) throw error;
      if (options.isOwnerGone() || performance.now() > giveUpAt) throw serversGone(error);
      if (failures === 0) options.notice(`The servers do not answer (${messageOf(error)}); trying again.`);
      await delay(500, undefined, { signal: options.signal });
    }
  }
}

function serversGone(cause: unknown): OrchestraError {
  return new OrchestraError(
    'SERVER_UNAVAILABLE',
    'The servers have stopped. The session is kept, and goes on when they run again: start `orchestra dev`.',
    { cause },
  );
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
