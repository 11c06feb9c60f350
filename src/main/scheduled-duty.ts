import { createActivityWorker } from '../workers/activity-worker';
import { ensureSchedule } from '../workers/schedules';
import { superviseWorker } from '../workers/supervise';
import type { SupervisedWorker } from '../workers/supervise';
import type { Installation } from './installation';
import { messageOf } from './report';
import type { Report } from './report';

/** Work that a schedule asks for, done by activities on a task queue of its own; the workflow in between is taken on by session workers. */
export interface ScheduledDuty {
  /** What it is called in messages. */
  name: string;
  workflow: string;
  taskQueue: string;
  activities: object;
  everyMs: number;
}

/** Keeps the schedule and the worker of the duty. Sessions do not wait for it, and what it misses it finds later. */
export function startScheduledDuty(
  { connection, addresses, configuration, temporal, payloads }: Installation,
  { name, workflow, taskQueue, activities, everyMs }: ScheduledDuty,
  report: Report,
): SupervisedWorker {
  const { namespace } = addresses.temporal;
  return superviseWorker(
    async () => {
      // The queue of its activities names it well: as many installations as share a namespace, as many schedules.
      await ensureSchedule(temporal, { id: taskQueue, workflow, taskQueue: configuration.taskQueue, everyMs });
      const { version } = configuration;
      const dataConverter = payloads.converter;
      return createActivityWorker({ connection, namespace, taskQueue, dataConverter, activities, version });
    },
    (error) => report(`${name}: ${messageOf(error)}`),
  );
}
