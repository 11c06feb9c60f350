import type { AlertStore } from '../../contracts/ports/alert-store';
import type { MetricsReader } from '../../contracts/ports/metrics-reader';
import type { AlertChangeEvent } from '../../domain/alerts/alert-event';
import { alertMetrics } from '../../domain/alerts/alert-rule';
import type { AlertRule } from '../../domain/alerts/alert-rule';
import { measureAlert } from '../../domain/alerts/measure-alert';
import type { AlertFacts } from '../../domain/alerts/measure-alert';
import type { AgentMetrics } from '../../domain/metrics/agent-metrics';

export interface AlertDependencies {
  alerts: Pick<AlertStore, 'list' | 'judge'>;
  metrics: Pick<MetricsReader, 'of'>;
}

/** Judges the alerts of a workspace by a sweep; resolves with what changed, the first time that the sweep is taken in. */
export async function judgeAlerts(
  { alerts, metrics }: AlertDependencies,
  workspace: string,
  sweep: { id: string; at: number },
  facts: AlertFacts,
): Promise<AlertChangeEvent[]> {
  const rules = await alerts.list(workspace);
  if (rules.length === 0) return [];
  const attemptsOf = async ({ metric, agent, windowMs }: AlertRule): Promise<AgentMetrics | undefined> => {
    if (!alertMetrics[metric].isOfAttempts) return undefined;
    const period = { from: sweep.at - windowMs, to: sweep.at };
    return (await metrics.of(workspace, period, agent ?? undefined)).find((one) => one.agent === agent);
  };
  const values = await Promise.all(
    rules.map(async ({ id, rule }) => [id, measureAlert(rule, facts, await attemptsOf(rule))] as const),
  );
  return alerts.judge(workspace, sweep, new Map(values));
}
