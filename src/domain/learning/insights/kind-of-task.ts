import type { Task } from '../../plan/plan';
import type { Example } from './example';

/** What tasks are compared by. */
export function kindOfTask(
  name: string,
  { type, work }: Task,
): Pick<Example, 'capability' | 'taskType' | 'technologies'> {
  const required = work.kind === 'agent' && 'technologies' in work.agent ? work.agent : undefined;
  return {
    capability: required?.capability ?? '',
    taskType: type ?? name,
    technologies: required?.technologies ?? [],
  };
}
