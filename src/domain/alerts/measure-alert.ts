import type { Balance } from '../budget/accounts';
import { isForNow } from '../budget/accounts';
import type { AgentMetrics } from '../metrics/agent-metrics';
import { successRate } from '../metrics/agent-metrics';
import type { AlertRule } from './alert-rule';

/** What a sweep knows of a workspace; null where it could not be measured. */
export interface AlertFacts {
  waiting: number | null;
  backlog: number | null;
  unavailableAgents: number | null;
  healthScore: number | null;
  budgets: readonly Balance[];
}

/** Fewer attempts say nothing of a rate or a percentile. */
const fewestAttempts = 10;

const dayMs = 86_400_000;

/** The value of what the rule watches, in its unit; null where nothing says it. `attempts`: of the rule's agent and time. */
export function measureAlert(rule: AlertRule, facts: AlertFacts, attempts: AgentMetrics | undefined): number | null {
  switch (rule.metric) {
    case 'success-rate':
      return attempts && attempts.succeeded + attempts.failed >= fewestAttempts ? successRate(attempts) : null;
    case 'duration-p95':
      return attempts?.durationMs && attempts.succeeded >= fewestAttempts ? attempts.durationMs.p95 : null;
    case 'cost-per-task':
      return attempts && attempts.tasks > 0 ? (attempts.costUsd * 1e6) / attempts.tasks : null;
    case 'cost-per-day':
      return ((attempts?.costUsd ?? 0) * 1e6 * dayMs) / rule.windowMs;
    case 'queue':
      return facts.waiting;
    case 'backlog':
      return facts.backlog;
    case 'agents-unavailable':
      return facts.unavailableAgents;
    case 'health-score':
      return facts.healthScore;
    case 'budget-left':
      return leastLeft(facts.budgets);
  }
}

/** What is reserved is not left. Places and starts come back by themselves: they are no budget. */
function leastLeft(budgets: readonly Balance[]): number | null {
  const shares = budgets
    .filter(({ account, limit }) => !isForNow(account) && limit > 0)
    .map(({ limit, reserved, kept, spent }) => Math.max(0, 1 - (reserved + kept + spent) / limit));
  return shares.length === 0 ? null : Math.min(...shares);
}
