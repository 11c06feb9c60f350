import type { AttemptStore, Settlement } from '../../contracts/ports/attempt-store';
import type { FinishedAttempt, RemoteWorkStore } from '../../contracts/ports/remote-work-store';
import type { RunTaskInput, RunTaskResult } from '../../contracts/protocol/activities';
import { resultOf } from '../attempt/run-task-result';

export interface SettleSources {
  attempts: Pick<AttemptStore, 'settle'>;
  remoteWork: Pick<RemoteWorkStore, 'finish'>;
  activities: ActivityCompleter;
}

/** An activity that waits for its remote agent, and the session that it is of. */
export interface WaitingActivity {
  taskToken: Uint8Array;
  workspace: string;
  session: string;
}

/** Completes Temporal activities that wait for remote agents. Best effort: the backstop tells sessions of outcomes they have not heard of. */
export interface ActivityCompleter {
  /** False where the activity is not open any more: its session continued as new, or has ended. */
  complete(activity: WaitingActivity, result: RunTaskResult): Promise<boolean>;
  /** The same without waiting. */
  completeSoon(activity: WaitingActivity, result: RunTaskResult): void;
  /** Waits for all that is under way. */
  settled(): Promise<void>;
}

/** Settles an attempt of a remote agent first, then completes its activity. */
export async function settleRemotely(sources: SettleSources, settlement: Settlement): Promise<FinishedAttempt> {
  await sources.attempts.settle(settlement);
  return finishRemotely(sources, settlement.attempt);
}

/** Ends the entry of an attempt that is settled. */
export async function finishRemotely(
  { remoteWork, activities }: Pick<SettleSources, 'remoteWork' | 'activities'>,
  attempt: RunTaskInput,
): Promise<FinishedAttempt> {
  const finished = await remoteWork.finish(attempt);
  const { taskToken, outcome } = finished;
  // What was lost is told as lost, by the sweep that found it.
  const { workspace, session } = attempt;
  if (taskToken && outcome && !outcome.lost)
    activities.completeSoon({ taskToken, workspace, session }, resultOf(outcome));
  return finished;
}
