import type { Draft } from './draft';
import { maxRunsPerSession } from './outline';
import { endTask, enqueueItems } from './readiness';
import { wholeTask } from './run-key';
import type { RunState, SessionState } from './state';

/** Runs of the session so far: tasks, and the items of fan-outs. */
export function countRuns(state: SessionState): number {
  return state.tasks.reduce((sum, task) => sum + 1 + (task.items?.length ?? 0), 0);
}

/** Whether a fan-out of so many items keeps the session within its limit. */
export function hasRoomForItems(state: SessionState, items: number): boolean {
  return countRuns(state) + items <= maxRunsPerSession;
}

export function leaveEvaluation(draft: Draft, task: number): boolean {
  if (!draft.state.toEvaluate.includes(task)) return false;
  draft.state.toEvaluate = draft.state.toEvaluate.filter((other) => other !== task);
  return true;
}

/** Makes one run an item; an empty list has succeeded at once. */
export function expand(draft: Draft, task: number, count: number): void {
  const items = Array.from({ length: count }, (): RunState => ({ status: 'pending' }));
  draft.setItems(task, items);
  draft.record({ type: 'task-expanded', run: draft.key({ task, item: wholeTask }), items: count });
  if (count === 0) endTask(draft, task, 'succeeded');
  else enqueueItems(draft, task);
}
