import type { Draft } from './draft';
import type { PlanIndex } from './outline';
import { maxRunsPerSession, taskAt } from './outline';
import { endTask, enqueueItems } from './readiness';
import { wholeTask } from './run-key';
import type { RunState, SessionState } from './state';

/** Runs of the session so far: tasks, the items of fan-outs, and the racers of races, also of those to come. */
export function countRuns(index: PlanIndex, state: SessionState): number {
  return state.tasks.reduce((sum, task, at) => sum + 1 + (task.items?.length ?? taskAt(index, at).race ?? 0), 0);
}

/** Whether a fan-out of so many items keeps the session within its limit. */
export function hasRoomForItems(index: PlanIndex, state: SessionState, items: number): boolean {
  return countRuns(index, state) + items <= maxRunsPerSession;
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
