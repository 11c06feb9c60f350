import type { Draft } from './draft';
import { considerAll } from './readiness';
import { splitRunKey, wholeTask } from './run-key';
import type { RunState, TaskState } from './state';
import { hasEnded, isInLine } from './state';

/**
 * Gives failed and cancelled work another chance, in a session that runs or has ended: the named task with those it cannot run
 * without, or all of them. Whatever was skipped or cancelled before it began waits for its needs again, and a session that was failing
 * goes on. Returns why it is refused, or nothing.
 */
export function retryTasks(draft: Draft, taskName: string | undefined): string | undefined {
  const { state, index } = draft;
  const isBeingStopped = state.stopping === 'cancelled' || state.stopping === 'timed-out';
  if (isBeingStopped && !state.ended) return 'the session is being stopped; retry once it has ended';
  const chosen = taskName === undefined ? undefined : index.taskByName.get(taskName);
  if (taskName !== undefined && chosen === undefined) return unknownTask(draft, taskName);
  const targets = chosen === undefined ? state.tasks.map((_, at) => at) : withBlockingNeeds(draft, chosen);
  if (!targets.some((task) => hasFailed(draft.task(task)))) {
    return chosen === undefined
      ? 'no task has failed or was cancelled'
      : `task "${taskName}" has not failed; it is ${draft.task(chosen).status}`;
  }
  if (state.ended) reopen(draft);
  delete state.stopping;
  const isTarget = new Set(targets);
  state.tasks.forEach((task, at) => {
    if ((isTarget.has(at) && hasFailed(task)) || wasNeverBegun(task)) resetTask(draft, at);
  });
  withdrawUnready(draft);
  considerAll(draft);
  return undefined;
}

function unknownTask({ index }: Draft, key: string): string {
  const { name, item } = splitRunKey(key);
  if (item === wholeTask || !index.taskByName.has(name)) return `the plan has no task "${key}"`;
  return `"${key}" is tried again with its whole task; name "${name}"`;
}

const hasFailed = ({ status }: RunState): boolean => status === 'failed' || status === 'cancelled';

/** Skipped, by anything but its own condition, or cancelled with the session while it waited for its turn. Whom somebody has cancelled stays so. */
function wasNeverBegun({ status, reason, startedAt }: RunState): boolean {
  if (status === 'skipped') return reason !== 'condition';
  return status === 'cancelled' && startedAt === undefined && reason !== 'cancelled';
}

/** The task and, as it was not skipped for nothing, the failed work upstream that it cannot run without. */
function withBlockingNeeds(draft: Draft, chosen: number): number[] {
  if (!hasFailed(draft.task(chosen))) return [];
  const found = new Set([chosen]);
  const blocks = (need: number): boolean => {
    const { status, reason } = draft.task(need);
    if (status === 'failed') return draft.policy(need).onFailure !== 'continue';
    return status === 'cancelled' || (status === 'skipped' && reason !== 'condition');
  };
  // Needs have smaller indices than their dependents.
  for (let task = chosen; task >= 0; task -= 1) {
    if (found.has(task))
      draft
        .outlineTask(task)
        .needs.filter(blocks)
        .forEach((need) => found.add(need));
  }
  return [...found];
}

function reopen(draft: Draft): void {
  const { state, index } = draft;
  delete state.ended;
  if (index.outline.timeoutMs !== undefined) state.deadlineAt = draft.elapsed + index.outline.timeoutMs;
  draft.record({ type: 'session-reopened' });
}

/** Makes the task pending, and the items of a fan-out that did not succeed: its list is known and its successes stand. */
function resetTask(draft: Draft, task: number): void {
  const ref = { task, item: wholeTask };
  const whole: TaskState = draft.edit(ref);
  clear(whole);
  whole.items?.forEach((run, item) => {
    if (run.status !== 'succeeded') clear(draft.edit({ task, item }));
  });
  draft.state.open += 1;
  draft.record({ type: 'task-reset', run: draft.key(ref) });
}

/** What has not begun waits again for the needs that run again: it would see them half done. */
function withdrawUnready(draft: Draft): void {
  const { state } = draft;
  state.tasks.forEach((task, at) => {
    if ((task.status !== 'queued' && !isInLine(task)) || task.startedAt !== undefined) return;
    if (draft.outlineTask(at).needs.every((need) => hasEnded(draft.task(need)))) return;
    delete draft.setStatus({ task: at, item: wholeTask }, 'pending').queuedAt;
    task.items?.forEach((run, item) => hasEnded(run) || draft.setStatus({ task: at, item }, 'pending'));
  });
  const isStillQueued = (task: number): boolean => draft.task(task).status !== 'pending';
  state.queue = state.queue.filter(({ task }) => isStillQueued(task));
  state.toEvaluate = state.toEvaluate.filter(isStillQueued);
}

function clear(run: RunState): void {
  run.status = 'pending';
  delete run.tries;
  delete run.mostTries;
  delete run.onFallback;
  delete run.reason;
  delete run.queuedAt;
  delete run.startedAt;
  delete run.endedAt;
  delete run.dueAt;
  delete run.deadlineAt;
}
