import { setTimeout as delay } from 'node:timers/promises';
import { isDatabaseAway } from '../../domain/database-away';

/** Repeats until PostgreSQL answers: what an agent did must not be lost because the database is away. */
export async function untilStored<T>(work: () => Promise<T>, heartbeat: () => void): Promise<T> {
  for (let waitMs = 100; ; waitMs = Math.min(waitMs * 2, 2_000)) {
    try {
      return await work();
    } catch (error) {
      if (!isPassing(error)) throw error;
      heartbeat();
      await delay(waitMs);
    }
  }
}

/** The SQLSTATE classes of deadlock and rollback, and of locks: the same can succeed the next time. */
const passingCodes = /^(40|55)[0-9A-Z]{3}$/;

function isPassing(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const { code } = error as { code?: unknown };
  return isDatabaseAway(error) || (typeof code === 'string' && passingCodes.test(code));
}
