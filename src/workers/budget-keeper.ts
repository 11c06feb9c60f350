import type { BudgetWaitStore, WaitingRun } from '../contracts/ports/budget-wait-store';
import { eventIds } from '../contracts/protocol/ids';
import { nextWindowAt, whoWakes } from '../domain/budget/who-wakes';
import type { SessionEvent } from '../domain/session/events';
import { bySession } from '../domain/by-session';
import { lookWhenWoken } from './look-when-woken';
import type { WokenLook } from './look-when-woken';

export interface BudgetKeeperDependencies {
  store: BudgetWaitStore;
  /** Signals the session; false where its workflow is not open. */
  signal(workspace: string, session: string, events: SessionEvent[]): Promise<boolean>;
  onError(error: unknown): void;
}

/** Runs that wait for the same accounts, and that one look tells; the rest is told by the next. */
const maxWaits = 1_000;

/** A run that was told and waits all the same is told again after so long: the signal may have been lost. */
const patienceMs = 2_000;

/** Tells runs that wait for their budgets or their workspace when they can go on, woken by what PostgreSQL tells and when windows open. */
export function startBudgetKeeper(
  dependencies: BudgetKeeperDependencies,
  { recheckMs }: { recheckMs: number },
): WokenLook {
  return lookWhenWoken(async () => {
    const { told, windowOpensInMs } = await wakeBudgetWaiters(dependencies);
    return Math.min(told > 0 ? patienceMs : recheckMs, windowOpensInMs);
  }, dependencies.onError);
}

export interface WokenWaiters {
  /** How many can go on, whether they were told by now or a moment ago. */
  told: number;
  /** Infinity where nobody waits for a window. */
  windowOpensInMs: number;
}

export async function wakeBudgetWaiters({ store, signal, onError }: BudgetKeeperDependencies): Promise<WokenWaiters> {
  const { now, workspaces } = await store.look(maxWaits);
  const ready = workspaces.flatMap(({ workspace, waiters, balances }) =>
    whoWakes(waiters, balances, now).map((waiter) => ({ ...waiter, workspace })),
  );
  const ids = ready.map(({ id }) => id);
  const mine = new Set(await store.markWoken(ids, patienceMs));
  for (const group of bySession(ready.filter(({ id }) => mine.has(id)))) {
    const [{ workspace, session }] = group;
    signal(workspace, session, group.map(turnCame)).catch(onError);
  }
  const windowOpensAt = nextWindowAt(workspaces.flatMap(({ balances }) => balances));
  return { told: ids.length, windowOpensInMs: windowOpensAt - now };
}

function turnCame({ id, run }: WaitingRun): SessionEvent {
  return { id: eventIds.turnCame('budget', run, id), type: 'turn-came', run };
}
