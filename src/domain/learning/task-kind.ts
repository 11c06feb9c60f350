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
  /** Of what it was given, as a report of work done elsewhere says; of attempts of sessions it is kept with their outcomes. */
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

function inputOf({ work }: Task): Json | undefined {
  return work.kind === 'agent' ? work.input : undefined;
}

function complexityIn(input: Json | undefined): Complexity | undefined {
  return isMap(input) ? complexities.find((one) => one === input['complexity']) : undefined;
}

function isMap(value: Json | undefined): value is Readonly<Record<string, Json>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
