import { IssueList, formatPlanPath } from './issue';
import type { AgentChoice, Plan } from './plan';
import { validateAgents } from './validate-agents';
import type { PlanPath } from './issue';

/** What only an agent of the registry can do. */
export interface AgentNeed {
  /** Where it stands, for people. */
  place: string;
  choice: AgentChoice;
  /** Where it stands in what was asked; absent where nobody asked with this plan. */
  path?: PlanPath;
  /** The task of the plan that needs it, where that is known: a file of a sub-plan can be of many. */
  task?: string;
}

/** What the plan and its sub-plans need of the registry, named by their paths in the plan. */
export function agentNeeds(plan: Plan, path: PlanPath = []): AgentNeed[] {
  const issues = new IssueList();
  validateAgents(plan, issues);
  const own = issues.issues.flatMap(({ path: at, need }): AgentNeed[] =>
    need ? [{ place: formatPlanPath([...path, ...at]), choice: need }] : [],
  );
  const inside = Object.entries(plan.tasks).flatMap(([name, { work }]) =>
    work.kind === 'plan' ? agentNeeds(work.plan, [...path, 'tasks', name, 'plan']) : [],
  );
  return [...own, ...inside];
}
