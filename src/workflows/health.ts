import { proxyActivities, workflowInfo } from '@temporalio/workflow';
import type { HealthActivities } from '../contracts/protocol/activities';
import { healthQueue } from '../contracts/protocol/queues';
import type { HealthStatus } from '../domain/health/status';

/** Looks at everything once. A schedule starts it again and again; while the health workers are away, one of it waits for them. */
export async function checkHealth(): Promise<Record<string, HealthStatus>> {
  const { taskQueue, runId } = workflowInfo();
  const { checkSystem } = proxyActivities<HealthActivities>({
    taskQueue: healthQueue(taskQueue),
    // What became of a worker that was killed is found out by this.
    startToCloseTimeout: '20s',
    retry: { initialInterval: '1s', maximumInterval: '1m' },
  });
  return checkSystem(runId);
}
