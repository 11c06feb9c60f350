import type { Task } from '@a2a-js/sdk';

/** By their numbers in the protocol. What is not here, the agent should not have said. */
const names = {
  1: 'submitted',
  2: 'working',
  3: 'completed',
  4: 'failed',
  5: 'canceled',
  6: 'input-required',
  7: 'rejected',
  8: 'auth-required',
} as const;

export type TaskStateName = (typeof names)[keyof typeof names];

/** Undefined where the state is none of the protocol. */
export function stateOf({ status }: Task): TaskStateName | undefined {
  const known: Record<number, TaskStateName> = names;
  return known[status?.state ?? 0];
}

/** Whether the agent is still at it, and needs nobody for that. */
export function isUnderWay(task: Task): boolean {
  return ['submitted', 'working'].includes(stateOf(task) ?? '');
}

/** Whether the task will never go on. */
export function hasEnded(task: Task): boolean {
  return ['completed', 'failed', 'canceled', 'rejected'].includes(stateOf(task) ?? '');
}
