import type { Client } from '@temporalio/client';
import { temporal as api } from '@temporalio/proto';
import type { WorkerRole } from './run-workers';

/** Without these no session goes on. */
type NeededRole = Extract<WorkerRole, 'sessions' | 'agents'>;

/** A worker asks for work at least once a minute; the server remembers those that have gone for five. */
const freshMs = 75_000;

/** The roles whose tasks no worker has asked for lately. */
export async function findMissingWorkers(temporal: Client, taskQueue: string): Promise<NeededRole[]> {
  const { TASK_QUEUE_TYPE_WORKFLOW, TASK_QUEUE_TYPE_ACTIVITY } = api.api.enums.v1.TaskQueueType;
  const types = { sessions: TASK_QUEUE_TYPE_WORKFLOW, agents: TASK_QUEUE_TYPE_ACTIVITY };
  const roles: readonly NeededRole[] = ['sessions', 'agents'];
  const polled = await Promise.all(
    roles.map(async (role) => {
      const { pollers } = await temporal.workflowService.describeTaskQueue({
        namespace: temporal.options.namespace,
        taskQueue: { name: taskQueue },
        taskQueueType: types[role],
      });
      return (pollers ?? []).some(({ lastAccessTime }) => {
        const lastMs = Number(lastAccessTime?.seconds ?? 0) * 1_000;
        return Date.now() - lastMs < freshMs;
      });
    }),
  );
  return roles.filter((_, at) => polled[at] === false);
}
