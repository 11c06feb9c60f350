import type { IssueList } from './issue';
import { planLimits } from './limits';
import type { Plan } from './plan';
import { racersOf } from './racers';

interface PlanSize {
  /** With their racers. */
  tasks: number;
  edges: number;
  /** Plans inside each other, the outermost included. */
  depth: number;
}

/** Tasks, racers and needs of a plan with all its sub-plans. */
export function sizeOf(plan: Plan): PlanSize {
  const size: PlanSize = { tasks: 0, edges: 0, depth: 1 };
  for (const task of Object.values(plan.tasks)) {
    size.tasks += 1 + racersOf(task.work);
    size.edges += task.needs.length;
    if (task.work.kind !== 'plan') continue;
    const inner = sizeOf(task.work.plan);
    size.tasks += inner.tasks;
    size.edges += inner.edges;
    size.depth = Math.max(size.depth, inner.depth + 1);
  }
  return size;
}

export function validateSize(plan: Plan, issues: Pick<IssueList, 'add'>): void {
  const { tasks, edges, depth } = sizeOf(plan);
  if (tasks === 0) issues.add(['tasks'], 'the plan has no tasks: add one');
  if (tasks > planLimits.tasks) {
    issues.add(
      ['tasks'],
      `the plan has ${tasks} tasks, sub-plans and racers included; at most ${planLimits.tasks} are allowed: split it, or use forEach`,
    );
  }
  if (edges > planLimits.edges) {
    issues.add(['tasks'], `the plan has ${edges} needs, sub-plans included; at most ${planLimits.edges} are allowed`);
  }
  if (depth > planLimits.planDepth) {
    issues.add(['tasks'], `the plan has ${depth} plans inside each other; at most ${planLimits.planDepth} are allowed`);
  }
}
