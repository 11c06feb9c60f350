import type { Json } from '../json';
import { complexities } from '../plan/plan';
import type { Complexity, Task } from '../plan/plan';

/** What tasks are compared by. Plain JSON. */
export interface TaskKind {
  /** What its agent had to be able to do; empty where the task names its agent. */
  capability: string;
  taskType: string;
  technologies: readonly string[];
  /** Absent where nobody says it. */
  complexity?: Complexity;
  /** Of what it was given, where that is known by itself and not by the session. */
  inputBytes?: number;
}

/** `input`: as it was rendered, where that is known. */
export function kindOfTask(name: string, task: Task, input?: Json): TaskKind {
  const { type, work } = task;
  const required = work.kind === 'agent' && 'technologies' in work.agent ? work.agent : undefined;
  const complexity = task.complexity ?? complexityIn(input ?? inputOf(task));
  return {
    capability: required?.capability ?? '',
    taskType: type ?? name,
    technologies: required?.technologies ?? [],
    ...(complexity && { complexity }),
  };
}

/** Whether the complexity of a task follows from what it is given. */
export function isComplexityGiven(task: Task): boolean {
  const input = inputOf(task);
  if (task.complexity !== undefined || input === undefined) return false;
  return typeof input === 'string' || (isMap(input) && Object.hasOwn(input, 'complexity'));
}

function inputOf({ work }: Task): Json | undefined {
  return work.kind === 'agent' ? work.input : undefined;
}

function complexityIn(input: Json | undefined): Complexity | undefined {
  return isMap(input) ? complexities.find((one) => one === input['complexity']) : undefined;
}

function isMap(value: Json | undefined): value is Readonly<Record<string, Json>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
