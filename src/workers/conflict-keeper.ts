import type { ConflictStore, ResourceWaiter } from '../contracts/ports/conflict-store';
import { eventIds } from '../contracts/protocol/ids';
import { freeWaiters } from '../domain/conflicts/conflict-line';
import type { SessionEvent } from '../domain/session/events';
import { bySession } from '../domain/by-session';
import { lookWhenWoken } from './look-when-woken';

export interface ConflictKeeperDependencies {
  store: ConflictStore;
  /** Signals the session; false where its workflow is not open. */
  signal(workspace: string, session: string, events: SessionEvent[]): Promise<boolean>;
  onError(error: unknown): void;
}

export interface ConflictKeeper {
  /** Resources of the workspace were given back, or somebody joined or left the line for them. Without a workspace: that may be so of any. */
  wake(workspace?: string): void;
  stop(): Promise<void>;
}

/**
 * Tells sessions whose runs wait for resources that these may be free, or that somebody has answered, woken by what PostgreSQL tells. Their turns have the last word. `recheckMs`: it
 * looks by itself after so long, in case that it was not told, or a session was not. `patienceMs`: no session is told the same within that time.
 */
export function startConflictKeeper(
  { store, signal, onError }: ConflictKeeperDependencies,
  { recheckMs, patienceMs }: { recheckMs: number; patienceMs: number },
): ConflictKeeper {
  const woken = new Set<string>();
  let allDueAt = 0;

  const tell = async (workspace: string): Promise<void> => {
    for (const [session, events] of await turnsThatCame(store, workspace, patienceMs)) {
      signal(workspace, session, events).catch(onError);
    }
  };

  const looker = lookWhenWoken(async () => {
    const wanted = [...woken];
    woken.clear();
    try {
      const isAllDue = performance.now() >= allDueAt;
      const all = isAllDue ? await store.waitingWorkspaces() : [];
      if (isAllDue) allDueAt = performance.now() + recheckMs;
      for (const workspace of new Set([...all, ...wanted])) await tell(workspace);
    } catch (error) {
      allDueAt = 0;
      throw error;
    }
    return recheckMs;
  }, onError);
  return {
    wake: (workspace) => {
      if (workspace === undefined) allDueAt = 0;
      else woken.add(workspace);
      looker.wake();
    },
    stop: () => looker.stop(),
  };
}

/** What is to be told to which session of the workspace; nobody who was told less than `patienceMs` ago. */
export async function turnsThatCame(
  store: ConflictStore,
  workspace: string,
  patienceMs: number,
): Promise<Map<string, SessionEvent[]>> {
  const { holders, waiters } = await store.claims(workspace);
  const mayGo = new Set(freeWaiters(holders, waiters));
  const free = waiters.filter((waiter) => waiter.isAnswered || mayGo.has(waiter));
  const tickets = free.map(({ ticket }) => ticket);
  const untold = new Set(await store.tell(workspace, tickets, patienceMs));
  const news = free.filter(({ ticket }) => untold.has(ticket)).map((waiter) => ({ ...waiter, workspace }));
  return new Map(bySession(news).map((group) => [group[0].session, group.map(turnCame)]));
}

function turnCame({ run, ticket }: ResourceWaiter): SessionEvent {
  return { id: eventIds.turnCame('conflict', run, ticket), type: 'turn-came', run };
}
