import { didYouMean } from '../did-you-mean';
import { findCycle, graphOf } from './graph';
import type { IssueList } from './issue';
import type { Plan } from './plan';

/** Needs that are unknown or listed twice, and a cycle if there is one. */
export function validateGraph(plan: Plan, issues: Pick<IssueList, 'add'>): void {
  for (const [name, task] of Object.entries(plan.tasks)) {
    const seen = new Set<string>();
    task.needs.forEach((need, index) => {
      const path = ['tasks', name, 'needs', index];
      if (!Object.hasOwn(plan.tasks, need)) {
        issues.add(path, () => `there is no task "${need}"${didYouMean(need, Object.keys(plan.tasks))}`);
      } else if (seen.has(need)) issues.add(path, `"${need}" is listed twice`);
      seen.add(need);
    });
  }
  const cycle = findCycle(graphOf(plan));
  if (!cycle?.[0]) return;
  issues.add(
    ['tasks', cycle[0], 'needs'],
    `tasks wait for each other: ${abridge(cycle).join(' → ')}; remove one of these needs`,
  );
}

function abridge(cycle: string[]): string[] {
  if (cycle.length <= 20) return cycle;
  return [...cycle.slice(0, 10), `… ${cycle.length - 20} more …`, ...cycle.slice(-10)];
}
