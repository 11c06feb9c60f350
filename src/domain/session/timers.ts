import type { Draft } from './draft';
import { enqueue } from './queue';
import type { RunState, SessionState } from './state';
import { hasEnded } from './state';
import { stopAttempt } from './stop-attempt';
import { stopSession, timeOutRun } from './stopping';

/** The next time at which the session has to wake by itself, in milliseconds since it started; undefined where nothing is due. */
export function nextWakeAt(state: SessionState): number | undefined {
  if (state.ended) return undefined;
  let next = state.deadlineAt;
  const consider = (run: RunState): void => {
    for (const at of [run.dueAt, run.deadlineAt, run.attemptDeadlineAt]) {
      if (at !== undefined && (next === undefined || at < next)) next = at;
    }
  };
  for (const task of state.tasks) {
    if (hasEnded(task)) continue;
    consider(task);
    task.items?.forEach((item) => hasEnded(item) || consider(item));
  }
  return next;
}

/** Does what is due. A timer may fire a moment before the clock of the database says so: `firedAt` counts as well. */
export function passTime(draft: Draft, firedAt: number): void {
  const elapsed = Math.max(draft.elapsed, firedAt);
  const isDue = (at: number | undefined): boolean => at !== undefined && at <= elapsed;
  if (isDue(draft.state.deadlineAt)) return stopSession(draft, 'timed-out');
  for (const ref of draft.openRuns()) {
    const run = draft.run(ref);
    if (hasEnded(run)) continue;
    if (isDue(run.deadlineAt)) timeOutRun(draft, ref);
    else if (isDue(run.attemptDeadlineAt)) stopAttempt(draft, ref, 'attempt-timeout');
    else if (isDue(run.dueAt)) enqueue(draft, ref);
  }
}
