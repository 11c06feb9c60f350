import type { IssueList } from './issue';
import type { Plan, Task } from './plan';
import { racersOf } from './racers';

/** Races where what else the task says cannot be kept to. */
export function validateRaces(plan: Plan, issues: Pick<IssueList, 'add'>): void {
  for (const [name, task] of Object.entries(plan.tasks)) {
    if (racersOf(task.work) === 0) continue;
    for (const fault of faultsOf(task)) issues.add(['tasks', name, 'agent', 'race'], fault);
  }
}

function faultsOf({ forEach, fallback, resources }: Task): string[] {
  return [
    ...(forEach === undefined
      ? []
      : ['a race is for one task, not for each item: put the task into a sub-plan, and that under "forEach"']),
    ...(fallback === undefined
      ? []
      : ['a race has its other agents already: leave the fallback out, or let one agent do the task']),
    ...(resources && resources.writes.length > 0
      ? ['racers would wait for each other, because only one at a time may have what the task writes: leave out one of the two']
      : []),
  ];
}
