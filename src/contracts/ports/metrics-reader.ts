import type { AgentMetrics } from '../../domain/metrics/agent-metrics';

/** Times in milliseconds since 1970. */
export interface MetricsPeriod {
  from: number;
  to: number;
}

export interface MetricsReader {
  /** All together first, then each agent, the busiest first; `agent`: only that one. */
  of(workspace: string, period: MetricsPeriod, agent?: string): Promise<AgentMetrics[]>;
}
