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

/**
 * Workflow code cannot hang, but a busy machine can be slow; and to break the code off, as the SDK does after 5 s, can end the whole
 * process (nodejs/node#38503). The SDK takes this option without declaring it.
 */
const patience = { isolateExecutionTimeout: '2m' };

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
    ...patience,
    shutdownGraceTime: '5s',
    shutdownForceTime: '30s',
  });
}
