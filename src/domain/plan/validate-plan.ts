import { IssueList } from './issue';
import type { PlanPath } from './issue';
import type { Plan } from './plan';
import { validateAffinity } from './validate-affinity';
import { validateAgents } from './validate-agents';
import { validateBudgets } from './validate-budgets';
import { validateGraph } from './validate-graph';
import { validateInputSpecs } from './validate-input-specs';
import { validateRaces } from './validate-races';
import { validateReferences } from './validate-references';
import { validateResources } from './validate-resources';
import { validateSize } from './validate-size';
import { validateSubPlanInputs } from './validate-sub-plan-inputs';

/** Everything that is wrong with a plan and its sub-plans beyond the form of the file. Paths are those of the plan file. */
export function validatePlan(plan: Plan): IssueList {
  const issues = new IssueList();
  validateSize(plan, issues);
  // A plan beyond the limits is refused before work is spent on it.
  if (issues.issues.length > 0) return issues;
  validateLevel(plan, [], issues);
  validateBudgets(plan, issues);
  return issues;
}

function validateLevel(plan: Plan, path: PlanPath, issues: IssueList): void {
  const here: IssueSink = { add: (at, message, options) => issues.add([...path, ...at], message, options) };
  validateInputSpecs(plan, here);
  validateGraph(plan, here);
  validateAgents(plan, here);
  validateAffinity(plan, here);
  validateRaces(plan, here);
  validateReferences(plan, here);
  validateSubPlanInputs(plan, here);
  validateResources(plan, here);
  for (const [name, task] of Object.entries(plan.tasks)) {
    if (task.work.kind === 'plan') validateLevel(task.work.plan, [...path, 'tasks', name, 'plan'], issues);
  }
}

/** Where the validators of one plan put what they find. */
export type IssueSink = Pick<IssueList, 'add'>;
