import type { PlanIndex } from './outline';
import { taskAt } from './outline';

/**
 * What attempts are made for: a task, or one item of a fan-out. `item` is -1 for a task itself.
 * Written out it reads `fix` or `each[3]`.
 */
export interface RunRef {
  task: number;
  item: number;
}

export const wholeTask = -1;

export function runKey(index: PlanIndex, { task, item }: RunRef): string {
  const { name } = taskAt(index, task);
  return item === wholeTask ? name : `${name}[${item}]`;
}

/** Undefined where the key names no task of the plan. */
export function parseRunKey(index: PlanIndex, key: string): RunRef | undefined {
  const { name, item } = splitRunKey(key);
  const task = index.taskByName.get(name);
  return task === undefined ? undefined : { task, item };
}

/** The task's name and the item of a key; item -1 for a task itself. */
export function splitRunKey(key: string): { name: string; item: number } {
  const match = /^([^[]+)\[(\d+)\]$/.exec(key);
  return match?.[1] === undefined ? { name: key, item: wholeTask } : { name: match[1], item: Number(match[2]) };
}
