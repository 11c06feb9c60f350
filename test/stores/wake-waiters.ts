import type { Pool } from 'pg';
import type { SessionEvent } from '../../src/domain/session/events';
import { createBudgetWaitStore } from '../../src/stores/budget-waits';
import { wakeBudgetWaiters } from '../../src/workers/budget-keeper';

/** What sessions that wait for budgets or their workspace are told by now, by session, even if they were told a moment ago. */
export async function wakeWaiters(pool: Pool): Promise<Map<string, SessionEvent[]>> {
  const told = new Map<string, SessionEvent[]>();
  const signal = (_: string, id: string, events: SessionEvent[]): Promise<boolean> => {
    told.set(id, events);
    return Promise.resolve(true);
  };
  await pool.query('UPDATE budget_waits SET woken_at = NULL');
  await wakeBudgetWaiters({ store: createBudgetWaitStore(pool), signal, onError: () => undefined });
  return told;
}
