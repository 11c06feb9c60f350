import { Worker } from '@temporalio/worker';
import type { NativeConnection, WorkflowBundleOption } from '@temporalio/worker';
import type { SessionActivities } from '../contracts/protocol/activities';

export interface SessionWorkerOptions {
  connection: NativeConnection;
  namespace: string;
  taskQueue: string;
  bundle: WorkflowBundleOption;
  activities: SessionActivities;
  maxCachedWorkflows?: number;
}

/** The worker of sessions: workflows, and their turns as local activities. */
export function createSessionWorker(options: SessionWorkerOptions): Promise<Worker> {
  return Worker.create({
    connection: options.connection,
    namespace: options.namespace,
    taskQueue: options.taskQueue,
    workflowBundle: options.bundle,
    activities: { ...options.activities },
    // The cache is counted, not weighed: a session of 10,000 runs holds about 2 MB.
    maxCachedWorkflows: options.maxCachedWorkflows ?? 500,
    maxConcurrentLocalActivityExecutions: 50,
    // Workflow code cannot hang; but where a busy machine is slow, breaking it off can end the process (nodejs/node#38503).
    isolateExecutionTimeout: '2m',
    shutdownGraceTime: '5s',
    shutdownForceTime: '30s',
  });
}
