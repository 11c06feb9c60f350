import type { AgentBreakers } from '../contracts/ports/agent-breakers';
import type { BackstopStore, ExpiredLease, UnacceptedOutcome } from '../contracts/ports/backstop-store';
import type { AgentPresenceStore } from '../contracts/ports/agent-presence';
import type { WaitingLineStore } from '../contracts/ports/waiting-line-store';
import type { AgentMemoryStore } from '../contracts/ports/agent-memories';
import type { ArtifactStore } from '../contracts/ports/artifact-store';
import { attemptEnded, attemptLost } from '../contracts/protocol/attempt-events';
import { eventIds } from '../contracts/protocol/ids';
import type { SessionEvent } from '../domain/session/events';
import { bySession } from '../domain/by-session';
import { grantedEvent } from './line-keeper';
import { repeat } from './repeat';
import type { Repeated } from './repeat';
import { RepeatPacing } from './repeat-pacing';

export interface BackstopDependencies {
  store: BackstopStore;
  grants: Pick<WaitingLineStore, 'unacceptedGrants'>;
  artifacts: Pick<ArtifactStore, 'deleteExpired'>;
  memories: Pick<AgentMemoryStore, 'deleteExpired'>;
  presence: Pick<AgentPresenceStore, 'noteSilent'>;
  agentEvents: Pick<AgentBreakers, 'deleteOldEvents'>;
  /** Signals the session; false where its workflow is not open. */
  signal(workspace: string, session: string, events: SessionEvent[]): Promise<boolean>;
  /** Sessions with a workflow that was ended in Temporal since it was asked last; as a reset ends runs too, the session may go on. */
  endedInTemporal(): Promise<{ workspace: string; session: string }[]>;
  /** Whether the session's workflow is open in Temporal. */
  isOpen(workspace: string, session: string): Promise<boolean>;
  onError(error: unknown): void;
}

export interface BackstopIntervals {
  /** Between two looks for news that was not taken in. */
  sweepMs: number;
  /** News younger than this is on its way by itself; so is news that was signalled less than this ago. */
  patienceMs: number;
  /** The longest pause between two signals of the same news. */
  longestPauseMs: number;
  /** After the database was away, leases are given this long to be extended, and agents and hosts to be heard of. */
  leaseGraceMs: number;
  /** A host that was not heard of for so long counts as offline. */
  hostSilenceMs: number;
  /** So does an agent that comes for its work. */
  agentSilenceMs: number;
  /** Between two looks for workflows that somebody has ended in Temporal. */
  endedSweepMs: number;
  /**
   * Between two looks for sessions whose workflow is gone, however that came, for artifacts, memories and events of agents past their retention, and for windows of
   * starts that are past.
   */
  slowSweepMs: number;
}

/** Between two words of a host that it is there. */
export const hostBeatMs = 5_000;

export const defaultIntervals: BackstopIntervals = {
  sweepMs: 1_000,
  patienceMs: 2_000,
  longestPauseMs: 30_000,
  leaseGraceMs: 15_000,
  hostSilenceMs: 4 * hostBeatMs,
  // Agents make a request a minute at least, and the API notes every 10 s those whose requests wait.
  agentSilenceMs: 35_000,
  endedSweepMs: 5_000,
  slowSweepMs: 60_000,
};

/** Pieces of news that one sweep looks at. */
const newsPerSweep = 2_000;

/** So many sessions in a row that cannot be signalled mean that Temporal is away. */
const failuresInARow = 3;

/** The one slow sweep: repeats what was signalled and not taken in, and reports attempts that nobody is heard of. */
export function startBackstop(dependencies: BackstopDependencies, intervals = defaultIntervals): Repeated {
  const { store, grants, artifacts, memories, presence, agentEvents } = dependencies;
  const grantPacing = new RepeatPacing(intervals.patienceMs, intervals.longestPauseMs);
  const outcomePacing = new RepeatPacing(intervals.patienceMs, intervals.longestPauseMs);
  const leasePacing = new RepeatPacing(intervals.patienceMs, intervals.longestPauseMs);
  let databaseBackAt = 0;
  let endedAt = Date.now() + intervals.endedSweepMs;
  let slowAt = Date.now() + intervals.slowSweepMs;

  const sweep = async (): Promise<void> => {
    try {
      const outcomes = await store.unacceptedOutcomes(intervals.patienceMs, newsPerSweep);
      await deliver(dependencies, outcomePacing.due(outcomes, attemptKey, Date.now()), outcomeEvent);
      const turns = await grants.unacceptedGrants(intervals.patienceMs, newsPerSweep);
      await deliver(dependencies, grantPacing.due(turns, attemptKey, Date.now()), grantedEvent);
      if (Date.now() >= databaseBackAt) {
        const leases = await store.expiredLeases(newsPerSweep);
        await deliver(dependencies, leasePacing.due(leases, attemptKey, Date.now()), lostEvent);
        await presence.noteSilent({ agentsMs: intervals.agentSilenceMs, hostsMs: intervals.hostSilenceMs });
      }
      if (Date.now() >= endedAt) {
        endedAt = Date.now() + intervals.endedSweepMs;
        await closeGoneSessions(dependencies, await endedInTemporal(dependencies));
      }
      if (Date.now() >= slowAt) {
        slowAt = Date.now() + intervals.slowSweepMs;
        await closeGoneSessions(dependencies, await store.quietSessions(intervals.slowSweepMs, 100));
        await deliver(dependencies, await store.orphans(100), orphanedEvent);
        await artifacts.deleteExpired();
        await memories.deleteExpired();
        await store.deletePastWindows();
        await agentEvents.deleteOldEvents();
      }
    } catch (error) {
      databaseBackAt = Date.now() + intervals.leaseGraceMs;
      dependencies.onError(error);
    }
  };

  return repeat(intervals.sweepMs, sweep, dependencies.onError);
}

/** One signal a session, with all its news. A session that cannot be signalled does not hold up the others. */
async function deliver<News extends { workspace: string; session: string }>(
  { signal, store, onError }: BackstopDependencies,
  news: readonly News[],
  toEvent: (item: News) => SessionEvent,
): Promise<void> {
  let failures = 0;
  for (const [first, ...others] of bySession(news)) {
    const { workspace, session } = first;
    let delivered: boolean;
    try {
      delivered = await signal(workspace, session, [first, ...others].map(toEvent));
      failures = 0;
    } catch (error) {
      onError(error);
      failures += 1;
      if (failures === failuresInARow) return;
      continue;
    }
    if (delivered) continue;
    await store.markUndeliverable(workspace, session);
    await store.abandonSession(workspace, session, goneError);
  }
}

const goneError =
  'The workflow of the session was ended outside of Agent Orchestra (terminated, or timed out by the server). Start the plan again.';

/** Where Temporal does not say it, the slow sweep finds out. */
async function endedInTemporal({
  endedInTemporal: ask,
  onError,
}: BackstopDependencies): ReturnType<BackstopDependencies['endedInTemporal']> {
  try {
    return await ask();
  } catch (error) {
    onError(error);
    return [];
  }
}

async function closeGoneSessions(
  { store, isOpen, onError }: BackstopDependencies,
  sessions: readonly { workspace: string; session: string }[],
): Promise<void> {
  for (const { workspace, session } of sessions) {
    let open: boolean;
    try {
      open = await isOpen(workspace, session);
    } catch (error) {
      // Temporal is away: the next look will tell.
      return onError(error);
    }
    if (!open) await store.abandonSession(workspace, session, goneError);
  }
}

function attemptKey({ workspace, session, run, attempt }: ExpiredLease): string {
  return `${workspace}/${session}/${run}/${attempt}`;
}

/** What the session is told of an outcome that it has not taken in. */
export function outcomeEvent(outcome: Omit<UnacceptedOutcome, 'workspace' | 'session'>): SessionEvent {
  const { run, attempt, lost } = outcome;
  return lost ? attemptLost(run, attempt) : attemptEnded(run, attempt, outcome);
}

function lostEvent({ run, attempt }: ExpiredLease): SessionEvent {
  return attemptLost(run, attempt);
}

function orphanedEvent(): SessionEvent {
  return { id: eventIds.orphaned, type: 'cancel-requested', reason: 'its parent session has ended without it' };
}
