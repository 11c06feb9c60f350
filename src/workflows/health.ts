import { proxyActivities, workflowInfo } from '@temporalio/workflow';
import type { HealthActivities } from '../contracts/protocol/activities';
import { healthQueue } from '../contracts/protocol/queues';
import type { HealthStatus } from '../domain/health/status';

/** Looks at everything once. A schedule starts it again and again; while the health workers are away, one of it waits for them. */
export async function checkHealth(): Promise<Record<string, HealthStatus>> {
  const { taskQueue, runId } = workflowInfo();
  const queue = { taskQueue: healthQueue(taskQueue) };
  const { checkSystem } = proxyActivities<HealthActivities>({
    ...queue,
    // What became of a worker that was killed is found out by this.
    startToCloseTimeout: '20s',
    retry: { initialInterval: '1s', maximumInterval: '1m' },
  });
  const { probeAgents } = proxyActivities<HealthActivities>({
    ...queue,
    startToCloseTimeout: '20s',
    // The next sweep looks at those agents.
    retry: { maximumAttempts: 1 },
  });
  const [statuses] = await Promise.all([checkSystem(runId), probeAgents().catch(() => 0)]);
  return statuses;
}
