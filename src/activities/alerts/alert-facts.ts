import type { AlertFacts } from '../../domain/alerts/measure-alert';
import type { Measurements } from '../../domain/health/measurements';

export function alertFactsOf({ queues, work }: Measurements, healthScore: number | null): AlertFacts {
  const backlogs = queues.map(({ backlog }) => backlog).filter((backlog) => backlog !== null);
  return {
    waiting: work?.waiting ?? null,
    backlog: backlogs.length === 0 ? null : backlogs.reduce((sum, backlog) => sum + backlog, 0),
    unavailableAgents: work?.unavailableAgents ?? null,
    healthScore,
    budgets: work?.budgets ?? [],
  };
}
