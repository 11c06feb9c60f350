import type { Task } from './plan';

/** Of one attempt by an agent, where a plan says nothing. */
export const defaultTimeoutMs = 30 * 60_000;

/** Total tries of one agent, likewise. */
export const defaultTries = 3;

/** Whether the timeout of an attempt may be shorter where evidence says so: the plan has the default, and does not insist on it. */
export function leavesTimeout({ work, learned, timeoutMs }: Pick<Task, 'work' | 'learned' | 'timeoutMs'>): boolean {
  return work.kind === 'agent' && learned !== false && timeoutMs === defaultTimeoutMs;
}

/** Whether evidence may end the tries of the task early, likewise. */
export function leavesRetries({ work, learned, retry }: Pick<Task, 'work' | 'learned' | 'retry'>): boolean {
  return work.kind === 'agent' && learned !== false && retry.attempts === defaultTries;
}
