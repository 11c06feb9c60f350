import type { PlanPath } from './issue';
import type { Plan, Task } from './plan';

export interface NamedTask {
  name: string;
  task: Task;
}

/** The task that a place of the plan, or of its sub-plans, belongs to. */
export function taskAtPath(plan: Plan, path: PlanPath): NamedTask | undefined {
  const [tasks, name, inside, ...rest] = path;
  const task = tasks === 'tasks' && typeof name === 'string' ? plan.tasks[name] : undefined;
  if (!task) return undefined;
  const deeper = inside === 'plan' && task.work.kind === 'plan' ? taskAtPath(task.work.plan, rest) : undefined;
  return deeper ?? { name: String(name), task };
}
