import type { DataConverter } from '@temporalio/common';
import { Worker } from '@temporalio/worker';
import type { NativeConnection } from '@temporalio/worker';

export interface ActivityWorkerOptions {
  connection: NativeConnection;
  namespace: string;
  taskQueue: string;
  dataConverter: DataConverter;
  activities: object;
}

/** A worker of activities alone, which scheduled workflows ask for: it runs few at once. */
export function createActivityWorker(options: ActivityWorkerOptions): Promise<Worker> {
  return Worker.create({
    ...options,
    maxConcurrentActivityTaskExecutions: 4,
    // What is under way ends with its transaction, and is done again elsewhere.
    shutdownGraceTime: '1s',
    shutdownForceTime: '30s',
  });
}
