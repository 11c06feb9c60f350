import type { AgentMetrics } from '../../domain/metrics/agent-metrics';
import type { EndedAttempt } from '../../domain/metrics/session-metrics';

/** Times in milliseconds since 1970. */
export interface MetricsPeriod {
  from: number;
  to: number;
}

export interface MetricsReader {
  /** All together first, then each agent, the busiest first; `agent`: only that one. */
  of(workspace: string, period: MetricsPeriod, agent?: string): Promise<AgentMetrics[]>;
  /** Of a session, in order of their ends; those that were lost, or never begun, as well. */
  ofSession(workspace: string, session: string): Promise<EndedAttempt[]>;
}
