import { Worker } from '@temporalio/worker';
import type { NativeConnection } from '@temporalio/worker';
import type { AgentActivities } from '../contracts/protocol/activities';

export interface AgentWorkerOptions {
  connection: NativeConnection;
  namespace: string;
  taskQueue: string;
  activities: AgentActivities;
  /** Attempts at once in this process. */
  capacity: number;
}

/** The worker of agents: one activity an attempt. */
export function createAgentWorker(options: AgentWorkerOptions): Promise<Worker> {
  return Worker.create({
    connection: options.connection,
    namespace: options.namespace,
    taskQueue: options.taskQueue,
    activities: { ...options.activities },
    maxConcurrentActivityTaskExecutions: options.capacity,
    // Time to end agents and to settle what they came to.
    shutdownGraceTime: '1s',
    shutdownForceTime: '30s',
  });
}
