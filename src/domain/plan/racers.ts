import type { AgentChoice, Plan, Task } from './plan';

/** How many agents do the task at once; 0 where it is no race. */
export function racersOf(work: Task['work']): number {
  return work.kind === 'agent' ? racersAskedFor(work.agent) : 0;
}

export function racersAskedFor(choice: AgentChoice): number {
  return 'name' in choice ? 0 : (choice.race ?? 0);
}

/** Also in its sub-plans. */
export function hasRaces({ tasks }: Plan): boolean {
  return Object.values(tasks).some(({ work }) => (work.kind === 'plan' ? hasRaces(work.plan) : racersOf(work) > 0));
}
