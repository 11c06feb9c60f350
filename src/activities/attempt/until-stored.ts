import { setTimeout as delay } from 'node:timers/promises';

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

/**
 * Node's codes of broken connections and unknown hosts, and the SQLSTATE classes of what passes: connection, deadlock and rollback,
 * resources, lock, intervention, system.
 */
const passingCodes = /^(E(AI_)?[A-Z]+|(08|40|53|55|57|58)[0-9A-Z]{3})$/;

function isPassing(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const { code } = error as { code?: unknown };
  if (typeof code === 'string' && passingCodes.test(code)) return true;
  return /Connection terminated|timeout exceeded when trying to connect|Client has encountered a connection error/.test(
    error.message,
  );
}
