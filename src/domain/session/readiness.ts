import type { Draft } from './draft';
import { enqueue } from './queue';
import { wholeTask } from './run-key';
import { hasEnded } from './state';
import type { Reason, RunState, TaskState } from './state';

/** What the needs of a task say: whether it may go on, has to wait, or is skipped. */
type NeedsVerdict = 'wait' | 'go' | 'skip';

/** Lets every task go on whose needs say so: at the start and after a reset. */
export function considerAll(draft: Draft): void {
  draft.state.tasks.forEach((_, task) => draft.toConsider.push(task));
  propagate(draft);
}

/** Follows the arrows from what ended, until nothing moves. A loop, because a chain of thousands would exhaust the stack. */
export function propagate(draft: Draft): void {
  // Grows while it is walked.
  for (const task of draft.toConsider) considerTask(draft, task);
  draft.toConsider.length = 0;
}

function considerTask(draft: Draft, task: number): void {
  if (draft.task(task).status !== 'pending') return;
  const verdict = needsVerdict(draft, task);
  if (verdict === 'wait') return;
  if (verdict === 'skip') return skipTask(draft, task, 'need');
  const ref = { task, item: wholeTask };
  const { conditional, forEach, race } = draft.outlineTask(task);
  if (!conditional && !forEach && race === undefined) return enqueue(draft, ref);
  draft.setStatus(ref, 'queued').queuedAt = draft.elapsed;
  draft.record({ type: 'task-queued', run: draft.key(ref) });
  // A fan-out that runs again keeps its list, and so the successes and the attempt numbers of its items; a race its racers.
  if (draft.task(task).items) enqueueItems(draft, task);
  else if (conditional || forEach) draft.state.toEvaluate.push(task);
  else letRun(draft, task);
}

/** Puts a task in the queue that nothing keeps from running any more; of a race, its racers. */
export function letRun(draft: Draft, task: number): void {
  const ref = { task, item: wholeTask };
  const { race } = draft.outlineTask(task);
  if (race === undefined) return enqueue(draft, ref);
  draft.setItems(
    task,
    Array.from({ length: race }, () => ({ status: 'pending' })),
  );
  draft.record({ type: 'race-started', run: draft.key(ref), racers: race });
  enqueueItems(draft, task);
}

/** Puts the items of a fan-out, or the racers of a race, that have not ended in the line. */
export function enqueueItems(draft: Draft, task: number): void {
  draft.task(task).items?.forEach((run, item) => hasEnded(run) || enqueue(draft, { task, item }));
}

function skipTask(draft: Draft, task: number, reason: Reason): void {
  draft.task(task).items?.forEach((run, item) => hasEnded(run) || endRun(draft, { task, item }, 'skipped', reason));
  // An item may have failed before any has begun.
  if (draft.task(task).items) endFanOutWhenDone(draft, task, reason);
  else endTask(draft, task, 'skipped', reason);
}

/** Ends a task that runs no further; `propagate` then lets its dependents know. */
export function endTask(
  draft: Draft,
  task: number,
  status: 'succeeded' | 'failed' | 'skipped' | 'cancelled',
  reason?: Reason,
): void {
  const ref = { task, item: wholeTask };
  endRun(draft, ref, status, reason);
  draft.state.open -= 1;
  draft.state.toEvaluate = draft.state.toEvaluate.filter((other) => other !== task);
  if (status === 'failed' && draft.policy(task).onFailure === 'fail' && !draft.state.stopping) {
    draft.state.stopping = 'failed';
    draft.record({ type: 'session-stopping', reason: `${draft.key(ref)} failed` });
    skipWhatHasNotStarted(draft);
  }
  draft.toConsider.push(...(draft.index.dependents[task] ?? []));
}

/** Marks the end of a run (a task or an item) and nothing more. */
export function endRun(
  draft: Draft,
  ref: { task: number; item: number },
  status: 'succeeded' | 'failed' | 'skipped' | 'cancelled',
  reason?: Reason,
): void {
  const run = draft.setStatus(ref, status, reason);
  run.endedAt = draft.elapsed;
  delete run.dueAt;
  delete run.deadlineAt;
  delete run.attemptDeadlineAt;
  delete run.stop;
  const key = draft.key(ref);
  if (status === 'succeeded') draft.record({ type: 'task-succeeded', run: key });
  else draft.record({ type: `task-${status}`, run: key, reason: reason ?? 'attempts' });
}

/** After a failure under `fail`: what has begun finishes, with its retries; what has not is skipped. */
function skipWhatHasNotStarted(draft: Draft): void {
  const { state } = draft;
  state.tasks.forEach((task, index) => {
    if (hasEnded(task)) return;
    if (task.startedAt === undefined) return skipTask(draft, index, 'session-failed');
    task.items?.forEach((run, item) => {
      const hasBegun = hasEnded(run) || run.startedAt !== undefined;
      if (!hasBegun) endRun(draft, { task: index, item }, 'skipped', 'session-failed');
    });
    if (task.items) endFanOutWhenDone(draft, index);
  });
  state.queue = state.queue.filter((ref) => !hasEnded(draft.run(ref)));
}

/** Ends a fan-out once all its items have ended, and a race that nobody has won; `reason` is why runs of it were skipped, where any were. */
export function endFanOutWhenDone(draft: Draft, task: number, reason = stoppingReason(draft)): void {
  const whole: TaskState = draft.task(task);
  const items = whole.items ?? [];
  if (hasEnded(whole) || !items.every(hasEnded)) return;
  if (draft.outlineTask(task).race !== undefined) return endLostRace(draft, task, items, reason);
  if (items.every((item) => item.status === 'succeeded')) return endTask(draft, task, 'succeeded');
  if (items.some((item) => item.status === 'failed')) return endTask(draft, task, 'failed', 'items');
  const cancelled = items.find((item) => item.status === 'cancelled');
  if (cancelled) return endTask(draft, task, 'cancelled', cancelled.reason);
  endTask(draft, task, 'skipped', reason);
}

function endLostRace(draft: Draft, task: number, racers: readonly RunState[], reason: Reason): void {
  // One that was stopped might have won.
  const stopped = racers.find(({ status }) => status === 'cancelled');
  if (stopped) return endTask(draft, task, 'cancelled', stopped.reason);
  if (racers.some(({ status }) => status === 'failed')) return endTask(draft, task, 'failed', 'racers');
  endTask(draft, task, 'skipped', reason);
}

/** Why nothing of the session starts any more. */
function stoppingReason(draft: Draft): Reason {
  switch (draft.state.stopping) {
    case 'cancelled':
      return 'session-cancelled';
    case 'timed-out':
      return 'session-timeout';
    default:
      return 'session-failed';
  }
}

/** Why an attempt was told to stop for good: the session is being stopped, or somebody cancelled its run. */
export function cancelReason({ state }: Draft): Reason {
  switch (state.stopping) {
    case 'cancelled':
      return 'session-cancelled';
    case 'timed-out':
      return 'session-timeout';
    default:
      return 'cancelled';
  }
}

function needsVerdict(draft: Draft, task: number): NeedsVerdict {
  let waiting = false;
  for (const need of draft.outlineTask(task).needs) {
    const { status, reason } = draft.task(need);
    switch (status) {
      case 'succeeded':
        break;
      case 'skipped':
        if (reason !== 'condition') return 'skip';
        break;
      case 'failed':
        if (draft.policy(need).onFailure !== 'continue') return 'skip';
        break;
      case 'cancelled':
        return 'skip';
      default:
        waiting = true;
    }
  }
  return waiting ? 'wait' : 'go';
}
