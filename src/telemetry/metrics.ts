import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from 'prom-client';
import { boundedLabel } from './bounded-label';
import { successShare } from './success-share';

/** From 5 ms to 5 minutes: turns, routing, requests. */
const shortBuckets = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300];

/** From a tenth of a second to a day: agents, tasks, sessions. */
const longBuckets = [0.1, 0.5, 1, 5, 15, 30, 60, 180, 600, 1_800, 3_600, 10_800, 43_200, 86_400];

/** Types of agents that have time series of their own; owners of agents name types as they like. */
const mostTypes = 50;

/** What this process measures of its work, in Prometheus' form. See docs/observability.md. */
export type WorkMetrics = ReturnType<typeof createMetrics>;

/** Metrics of one process. `withProcess`: those of Node too. */
export function createMetrics({ withProcess = false } = {}) {
  const registry = new Registry();
  const registers = [registry];
  if (withProcess) collectDefaultMetrics({ register: registry });
  const counter = <Label extends string>(name: string, help: string, labelNames: readonly Label[] = []) =>
    new Counter({ name: `orchestra_${name}`, help, labelNames, registers });
  const histogram = <Label extends string>(
    name: string,
    help: string,
    buckets: number[],
    labelNames: readonly Label[] = [],
  ) => new Histogram({ name: `orchestra_${name}`, help, labelNames, buckets, registers });
  const latest = successShare(1_000);
  new Gauge({
    name: 'orchestra_success_ratio',
    help: 'Of the latest 1,000 attempts that tell of their agents, and whose end this process heard of.',
    registers,
    collect() {
      this.set(latest.ratio());
    },
  });
  return {
    registry,
    latest,
    typeLabel: boundedLabel(mostTypes),
    tasksDistributed: counter('tasks_distributed_total', 'Attempts given to agents.', ['agent_type']),
    distributionDuration: histogram(
      'task_distribution_duration_seconds',
      'From when a run was ready until it was given to its first agent.',
      shortBuckets,
      ['agent_type'],
    ),
    agentTasks: counter('agent_tasks_total', 'Attempts that ended, as their sessions heard of it.', [
      'agent_type',
      'verdict',
    ]),
    agentResponse: histogram(
      'agent_response_seconds',
      'How long agents took for an attempt, whatever it came to.',
      longBuckets,
      ['agent_type'],
    ),
    connectorCalls: counter('connector_attempts_total', 'Attempts that connectors ran.', ['connector', 'result']),
    tasksEnded: counter('tasks_total', 'Runs of tasks that ended.', ['status']),
    taskDuration: histogram(
      'task_completion_seconds',
      'From when a run was started first until it ended, retries included.',
      longBuckets,
      ['status'],
    ),
    sessionsStarted: counter('sessions_started_total', 'Sessions whose first turn was taken.'),
    sessionsEnded: counter('sessions_total', 'Sessions that ended.', ['status']),
    sessionDuration: histogram('session_completion_seconds', 'How long sessions took.', longBuckets, ['status']),
    turnDuration: histogram('turn_duration_seconds', 'How long the transaction of a turn took.', shortBuckets),
    routingDuration: histogram(
      'routing_duration_seconds',
      'How long a turn looked for agents of the registry for its runs.',
      shortBuckets,
    ),
    requestDuration: histogram('http_request_duration_seconds', 'How long the API took to answer.', shortBuckets, [
      'method',
      'route',
      'status',
    ]),
  };
}
