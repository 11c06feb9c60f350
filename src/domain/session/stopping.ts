import { endWholeRun, leaveLine } from './attempts';
import { dequeue } from './queue';
import type { Draft } from './draft';
import { endFanOutWhenDone, endRun, endTask, propagate } from './readiness';
import type { RunRef } from './run-key';
import { wholeTask } from './run-key';
import type { Reason, Stopping } from './state';
import { hasEnded, isInLine } from './state';
import { stopAttempt } from './stop-attempt';

/** Ends the session before its work is done: nothing new starts, what is in flight is told to stop, results so far are kept. */
export function stopSession(
  draft: Draft,
  stopping: Extract<Stopping, 'cancelled' | 'timed-out'>,
  reason?: string,
): void {
  const { state } = draft;
  state.stopping = stopping;
  delete state.paused;
  delete state.deadlineAt;
  draft.record({ type: 'session-stopping', reason: reason ?? stopping });
  const why: Reason = stopping === 'cancelled' ? 'session-cancelled' : 'session-timeout';
  for (const ref of draft.openRuns()) {
    const run = draft.run(ref);
    if (ref.item === wholeTask && draft.task(ref.task).items) continue;
    if (run.status === 'running') stopAttempt(draft, ref, 'cancel');
    else if (ref.item === wholeTask) endTask(draft, ref.task, 'cancelled', why);
    else endRun(draft, ref, 'cancelled', why);
  }
  state.queue = [];
  state.tasks.forEach((task, index) => {
    if (task.items && !hasEnded(task)) endFanOutWhenDone(draft, index);
  });
  propagate(draft);
}

/** Pauses: nothing new starts. With `now`, attempts in flight are told to stop and run again later at no cost of a try. */
export function pauseSession(draft: Draft, now: boolean): void {
  if (!draft.state.paused) {
    draft.state.paused = true;
    draft.record({ type: 'session-paused', reason: now ? 'now' : 'requested' });
  }
  eachChild(draft, now ? 'pause-now' : 'pause');
  for (const ref of draft.openRuns()) {
    // Room that a paused session would only hold is for others.
    if (isInLine(draft.run(ref))) leaveLine(draft, ref);
    else if (now && draft.run(ref).agent !== undefined) stopAttempt(draft, ref, 'requeue');
  }
}

export function resumeSession(draft: Draft): void {
  delete draft.state.paused;
  draft.record({ type: 'session-resumed' });
  eachChild(draft, 'resume');
}

function eachChild(draft: Draft, tell: 'pause' | 'pause-now' | 'resume'): void {
  for (const ref of draft.openRuns()) {
    const run = draft.run(ref);
    const isChild = run.status === 'running' && run.attempt !== undefined && run.agent === undefined;
    if (isChild && run.attempt) draft.emit({ type: 'tell-child', run: draft.key(ref), attempt: run.attempt, tell });
  }
}

/** Fails a run whose time as a whole is up; of a fan-out, all its items. */
export function timeOutRun(draft: Draft, ref: RunRef): void {
  const { status } = draft.run(ref);
  const items = ref.item === wholeTask ? draft.task(ref.task).items : undefined;
  delete draft.edit(ref).deadlineAt;
  if (items) {
    items.forEach((item, position) => hasEnded(item) || timeOutRun(draft, { task: ref.task, item: position }));
  } else if (status === 'running') {
    stopAttempt(draft, ref, 'task-timeout');
  } else {
    dequeue(draft, ref);
    endWholeRun(draft, ref, 'failed', 'task-timeout');
  }
}
