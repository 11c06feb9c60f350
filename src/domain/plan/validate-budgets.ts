import type { CostRates } from '../agents/agent';
import { formatAmount } from '../budget/amounts';
import type { Amounts, BudgetUnit } from '../budget/amounts';
import { worstCase } from '../budget/worst-case';
import type { IssueList, PlanPath } from './issue';
import type { Plan, Task } from './plan';
import { candidateFinder } from './requirement';

type Sink = Pick<IssueList, 'add'>;

/** The part of the plan whose budget applies, in words. */
interface AppliedBudget {
  of: string;
  budget: Amounts;
}

/**
 * Budgets that could not be kept to: an attempt reserves its worst case, so that has to be known, and to fit. Of agents of the registry the
 * cost is not known here; the turn that assigns them looks again.
 *
 * @param outer those of the sessions and tasks above, where the plan is a sub-plan
 */
export function validateBudgets(plan: Plan, issues: Sink, outer: readonly AppliedBudget[] = []): void {
  const findCandidates = candidateFinder(plan.agents);
  const ofPlan = [...outer, ...applied('the plan', plan.budget)];
  for (const [name, task] of Object.entries(plan.tasks)) {
    const budgets = [...ofPlan, ...applied(`task "${name}"`, task.budget)];
    const path = ['tasks', name];
    if (task.work.kind === 'plan') {
      const inner: Sink = { add: (at, message, options) => issues.add([...path, 'plan', ...at], message, options) };
      validateBudgets(task.work.plan, inner, budgets.map(nameOuter));
      if (task.fallback === undefined) continue;
    }
    const choice = task.work.kind === 'agent' ? task.work.agent : undefined;
    const agents = [
      ...(choice ? findCandidates(choice) : []),
      ...(task.fallback !== undefined && Object.hasOwn(plan.agents, task.fallback) ? [task.fallback] : []),
    ];
    for (const agent of agents) checkAttempt(task, agent, plan.agents[agent]?.cost, budgets, path, issues);
  }
}

function checkAttempt(
  task: Task,
  agent: string,
  rates: CostRates | undefined,
  budgets: readonly AppliedBudget[],
  path: PlanPath,
  issues: Sink,
): void {
  const most = worstCase({ reserve: task.reserve ?? {}, timeoutMs: task.timeoutMs }, rates);
  for (const { of, budget } of budgets) {
    for (const unit of ['costMicros', 'tokens', 'timeMs'] as const) {
      const limit = budget[unit];
      const wanted = most[unit];
      if (limit === undefined) continue;
      if (wanted === undefined) issues.add(path, unknownWorstCase(of, unit, agent));
      else if (wanted > limit) {
        const [some, all] = [formatAmount(unit, wanted), formatAmount(unit, limit)];
        issues.add(
          path,
          `can never start: an attempt reserves ${some}, and the budget of ${of} is ${all}. Lower its reserve or its timeout, or raise the budget`,
        );
      }
    }
  }
}

function unknownWorstCase(of: string, unit: BudgetUnit, agent: string): string {
  if (unit === 'tokens')
    return `${of} has a budget of tokens: say how many one attempt may use, as "reserve: { tokens: … }"`;
  return (
    `${of} has a budget of money, and nobody knows what an attempt of agent "${agent}" may cost: ` +
    'say it as "reserve: { costUsd: … }", or give the agent both cost.perAttemptUsd and cost.perHourUsd'
  );
}

function applied(of: string, budget: Amounts | undefined): AppliedBudget[] {
  return budget ? [{ of, budget }] : [];
}

function nameOuter({ of, budget }: AppliedBudget): AppliedBudget {
  return { of: of.endsWith('above') ? of : `${of} above`, budget };
}
