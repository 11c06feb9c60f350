import type { Task } from '../plan/plan';

/** What tasks are compared by. Plain JSON. */
export interface TaskKind {
  /** What its agent had to be able to do; empty where the task names its agent. */
  capability: string;
  taskType: string;
  technologies: readonly string[];
  /** Of what it was given, where that is known by itself and not by the session. */
  inputBytes?: number;
}

export function kindOfTask(name: string, { type, work }: Task): TaskKind {
  const required = work.kind === 'agent' && 'technologies' in work.agent ? work.agent : undefined;
  return {
    capability: required?.capability ?? '',
    taskType: type ?? name,
    technologies: required?.technologies ?? [],
  };
}
