import { kindOfTask } from '../learning/task-kind';
import type { Task } from '../plan/plan';

/** What tasks are compared by before they run. */
export interface TaskTraits {
  /** Empty where the task names its agent. */
  capability: string;
  taskType: string;
  technologies: readonly string[];
  /** What it tells its agent to do, without what is filled in when it runs. */
  text: string;
}

/** Of a text; what follows says little more. */
const charactersLookedAt = 4_000;

export function traitsOf(name: string, task: Task): TaskTraits {
  return {
    ...kindOfTask(name, task),
    text: textOf(task)
      .replace(/\$\{\{.*?\}\}/gs, ' ')
      .slice(0, charactersLookedAt),
  };
}

function textOf({ work }: Task): string {
  if (work.kind !== 'agent') return '';
  return [work.prompt, work.input]
    .flatMap((part) => (part === undefined ? [] : typeof part === 'string' ? part : JSON.stringify(part)))
    .join(' ');
}
