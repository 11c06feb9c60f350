import type { BackstopStore, UnacceptedOutcome } from '../contracts/ports/backstop-store';
import type { ArtifactStore } from '../contracts/ports/artifact-store';
import { attemptEnded, attemptLost } from '../contracts/protocol/attempt-events';
import type { SessionEvent } from '../domain/session/events';

export interface BackstopDependencies {
  store: BackstopStore;
  artifacts: Pick<ArtifactStore, 'deleteExpired'>;
  /** Signals the session; false where its workflow is not open. */
  signal(workspace: string, session: string, events: SessionEvent[]): Promise<boolean>;
  /** Whether the session's workflow is open in Temporal. */
  isOpen(workspace: string, session: string): Promise<boolean>;
  onError(error: unknown): void;
}

export interface BackstopIntervals {
  /** Between two looks for news that was not taken in. */
  sweepMs: number;
  /** News younger than this is on its way by itself. */
  patienceMs: number;
  /** After the database was away, leases are given this long to be extended. */
  leaseGraceMs: number;
  /** Between two looks for sessions whose workflow is gone, and for artifacts past their retention. */
  slowSweepMs: number;
}

export const defaultIntervals: BackstopIntervals = {
  sweepMs: 1_000,
  patienceMs: 2_000,
  leaseGraceMs: 15_000,
  slowSweepMs: 60_000,
};

/** The one slow sweep: repeats what was signalled and not taken in, and reports attempts that nobody is heard of. */
export function startBackstop(
  dependencies: BackstopDependencies,
  intervals = defaultIntervals,
): { stop(): Promise<void> } {
  let stopped = false;
  let timer: NodeJS.Timeout | undefined;
  let databaseBackAt = 0;
  let slowAt = Date.now() + intervals.slowSweepMs;
  let underWay: Promise<void> = Promise.resolve();

  const sweep = async (): Promise<void> => {
    try {
      await deliver(dependencies, await dependencies.store.unacceptedOutcomes(intervals.patienceMs, 500), outcomeEvent);
      if (Date.now() >= databaseBackAt) {
        await deliver(dependencies, await dependencies.store.expiredLeases(0, 500), ({ run, attempt }) =>
          attemptLost(run, attempt),
        );
      }
      if (Date.now() >= slowAt) {
        slowAt = Date.now() + intervals.slowSweepMs;
        await closeGoneSessions(dependencies, intervals.slowSweepMs);
        await dependencies.artifacts.deleteExpired();
      }
    } catch (error) {
      databaseBackAt = Date.now() + intervals.leaseGraceMs;
      dependencies.onError(error);
    }
  };

  const schedule = (): void => {
    if (stopped) return;
    timer = setTimeout(() => {
      underWay = sweep().finally(schedule);
    }, intervals.sweepMs);
  };
  schedule();

  return {
    stop: async () => {
      stopped = true;
      clearTimeout(timer);
      await underWay;
    },
  };
}

/** One signal a session, with all its news. */
async function deliver<News extends { workspace: string; session: string }>(
  { signal, store }: BackstopDependencies,
  news: readonly News[],
  toEvent: (item: News) => SessionEvent,
): Promise<void> {
  const bySession = new Map<string, News[]>();
  for (const item of news) {
    const key = `${item.workspace}/${item.session}`;
    bySession.set(key, [...(bySession.get(key) ?? []), item]);
  }
  for (const items of bySession.values()) {
    const [first] = items;
    if (!first) continue;
    const delivered = await signal(first.workspace, first.session, items.map(toEvent));
    if (delivered) continue;
    await store.markUndeliverable(first.workspace, first.session);
    await store.abandonSession(first.workspace, first.session, goneError);
  }
}

const goneError =
  'The workflow of the session was ended outside of Agent Orchestra (terminated, or timed out by the server). Start the plan again.';

async function closeGoneSessions({ store, isOpen }: BackstopDependencies, quietMs: number): Promise<void> {
  for (const { workspace, session } of await store.quietSessions(quietMs, 100)) {
    if (!(await isOpen(workspace, session))) await store.abandonSession(workspace, session, goneError);
  }
}

/** What the session is told of an outcome that it has not taken in. */
export function outcomeEvent(outcome: Omit<UnacceptedOutcome, 'workspace' | 'session'>): SessionEvent {
  const { run, attempt, lost } = outcome;
  return lost ? attemptLost(run, attempt) : attemptEnded(run, attempt, outcome);
}
