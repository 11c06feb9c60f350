import type { JsonObject } from '../../domain/json';
import type { PlanIssue } from '../../domain/plan/issue';
import type { AgentChoice, Plan } from '../../domain/plan/plan';
import { validatePlan } from '../../domain/plan/validate-plan';
import { planFileSchema } from './plan-file';
import { salvagePlan } from './salvage-plan';
import { describeSchemaFault, issuesOfSchema } from './schema-issues';

/** The plan, when nothing is wrong with it, with what it needs of the registry; or everything that is. */
export type CheckedPlan =
  | { plan: Plan; needs: NeedIssue[]; issues: []; omitted: 0 }
  | { plan: undefined; issues: PlanIssue[]; omitted: number };

/** What is no fault where the registry has an agent for it. */
export type NeedIssue = PlanIssue & { need: AgentChoice };

/** Checks form and meaning of a plan file whose sub-plans are embedded. Where the form is faulty, the meaning of the rest is checked all the same. */
export function checkPlanValue(raw: JsonObject): CheckedPlan {
  const parsed = planFileSchema.safeParse(raw, { error: describeSchemaFault });
  if (parsed.success) {
    const { issues, omitted } = validatePlan(parsed.data);
    const needs = issues.filter((issue): issue is NeedIssue => issue.need !== undefined);
    if (needs.length === issues.length) return { plan: parsed.data, needs, issues: [], omitted: 0 };
    return { plan: undefined, issues, omitted };
  }
  const formIssues = issuesOfSchema(parsed.error);
  const salvaged = salvagePlan(raw, formIssues);
  const rest = salvaged.isWorthChecking ? planFileSchema.safeParse(salvaged.value) : undefined;
  if (!rest?.success) return { plan: undefined, issues: formIssues, omitted: 0 };
  const { issues, omitted } = validatePlan(rest.data);
  return {
    plan: undefined,
    issues: [...formIssues, ...issues.filter(({ path }) => !salvaged.isStandIn(path))],
    omitted,
  };
}
