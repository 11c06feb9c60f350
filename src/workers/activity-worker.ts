import type { DataConverter, WorkerDeploymentVersion } from '@temporalio/common';
import { Worker } from '@temporalio/worker';
import type { NativeConnection } from '@temporalio/worker';
import { asVersion } from './deployment-version';

export interface ActivityWorkerOptions {
  connection: NativeConnection;
  namespace: string;
  taskQueue: string;
  dataConverter: DataConverter;
  activities: object;
  /** As of a worker of sessions. */
  version?: WorkerDeploymentVersion | undefined;
}

/** A worker of activities alone, which scheduled workflows ask for: it runs few at once. */
export function createActivityWorker({ version, ...options }: ActivityWorkerOptions): Promise<Worker> {
  return Worker.create({
    ...options,
    ...asVersion(version),
    maxConcurrentActivityTaskExecutions: 4,
    // What is under way ends with its transaction, and is done again elsewhere.
    shutdownGraceTime: '1s',
    shutdownForceTime: '30s',
  });
}
