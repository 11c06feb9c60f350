import { DefaultLogger, Worker, bundleWorkflowCode } from '@temporalio/worker';
import type { Installation } from '../../src/main/installation';
import { rawActivities } from './activities';

export const rawTaskQueue = 'bench.raw';

/** One worker of plain Temporal in this process, over the same connection, with the limits that the project's workers have. */
export async function startRawWorker({
  connection,
  addresses,
  configuration,
}: Installation): Promise<{ stop(): Promise<void> }> {
  const worker = await Worker.create({
    connection,
    namespace: addresses.temporal.namespace,
    taskQueue: rawTaskQueue,
    workflowBundle: await bundleWorkflowCode({
      workflowsPath: require.resolve('./workflows'),
      logger: new DefaultLogger('WARN'),
    }),
    activities: { ...rawActivities },
    maxCachedWorkflows: 500,
    maxConcurrentActivityTaskExecutions: configuration.agentCapacity,
  });
  const running = worker.run();
  return {
    stop: async () => {
      worker.shutdown();
      await running;
    },
  };
}
