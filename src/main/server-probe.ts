import { statfs } from 'node:fs/promises';
import { ScheduleNotFoundError } from '@temporalio/client';
import { temporal as api } from '@temporalio/proto';
import type { ServerProbe } from '../contracts/ports/server-probe';
import { healthQueue, learningQueue } from '../contracts/protocol/queues';
import type { QueueMeasurement, ScheduleMeasurement, WorkerRole } from '../domain/health/measurements';
import type { Installation } from './installation';
import { pollerFreshMs } from './missing-workers';

type QueueType = api.api.enums.v1.TaskQueueType;
const { TASK_QUEUE_TYPE_WORKFLOW: workflows, TASK_QUEUE_TYPE_ACTIVITY: activities } = api.api.enums.v1.TaskQueueType;

/** Looks at Temporal and, where the servers are embedded ones, at the disk of the data folder; of others it knows what was stated. */
export function createServerProbe({
  temporal,
  configuration,
}: Pick<Installation, 'temporal' | 'configuration'>): ServerProbe {
  const { taskQueue, learningIntervalMs, healthIntervalMs, databaseUrl, databaseDiskBytes, dataDirectory } =
    configuration;
  const { namespace } = temporal.options;

  const lookAtQueue = async (role: WorkerRole, queue: string, type: QueueType): Promise<QueueMeasurement> => {
    const { pollers, stats } = await temporal.workflowService.describeTaskQueue({
      namespace,
      taskQueue: { name: queue },
      taskQueueType: type,
      reportStats: true,
    });
    const isPolled = (pollers ?? []).some(
      ({ lastAccessTime }) => Date.now() - Number(lastAccessTime?.seconds ?? 0) * 1_000 < pollerFreshMs,
    );
    const age = stats?.approximateBacklogAge;
    return {
      role,
      queue,
      isPolled,
      backlog: stats ? Number(stats.approximateBacklogCount ?? 0) : null,
      oldestMs: stats ? Number(age?.seconds ?? 0) * 1_000 + (age?.nanos ?? 0) / 1_000_000 : null,
    };
  };

  const lookAtSchedule = async (
    role: 'learning' | 'health',
    id: string,
    everyMs: number,
  ): Promise<ScheduleMeasurement> => {
    try {
      const { info, state } = await temporal.schedule.getHandle(id).describe();
      const lastRunAt = (info.recentActions.at(-1)?.takenAt ?? info.createdAt).getTime();
      return { role, id, everyMs, state: state.paused ? 'paused' : 'running', lastRunAt };
    } catch (error) {
      if (error instanceof ScheduleNotFoundError) return { role, id, everyMs, state: 'missing', lastRunAt: null };
      throw error;
    }
  };

  return {
    temporal: async () => {
      const asked = performance.now();
      await temporal.workflowService.describeNamespace({ namespace });
      const latencyMs = performance.now() - asked;
      const [queues, schedules] = await Promise.all([
        Promise.all([
          lookAtQueue('sessions', taskQueue, workflows),
          lookAtQueue('agents', taskQueue, activities),
          lookAtQueue('learning', learningQueue(taskQueue), activities),
          lookAtQueue('health', healthQueue(taskQueue), activities),
        ]),
        Promise.all([
          lookAtSchedule('learning', learningQueue(taskQueue), learningIntervalMs),
          lookAtSchedule('health', healthQueue(taskQueue), healthIntervalMs),
        ]),
      ]);
      return { latencyMs, queues, schedules };
    },
    disk: async () => {
      if (databaseUrl !== undefined) return { statedBytes: databaseDiskBytes ?? null };
      const { bsize, bavail, blocks } = await statfs(dataDirectory);
      return { path: dataDirectory, freeBytes: bavail * bsize, totalBytes: blocks * bsize };
    },
  };
}
