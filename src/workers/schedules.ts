import type { Client } from '@temporalio/client';
import { ScheduleAlreadyRunning, ScheduleOverlapPolicy } from '@temporalio/client';

export interface Schedule {
  id: string;
  /** Name of the workflow, which takes no arguments. */
  workflow: string;
  taskQueue: string;
  everyMs: number;
}

/** What was missed while the server was away is not caught up on: the next run does it all. */
const catchupWindow = '1m';

/** Has Temporal start the workflow again and again, one at a time. What runs already goes on, at the pace that is asked for now. */
export async function ensureSchedule(temporal: Client, { id, workflow, taskQueue, everyMs }: Schedule): Promise<void> {
  const parts = {
    spec: { intervals: [{ every: everyMs }] },
    action: { type: 'startWorkflow' as const, workflowType: workflow, taskQueue, workflowId: id, args: [] },
    policies: { overlap: ScheduleOverlapPolicy.SKIP, catchupWindow },
  };
  try {
    await temporal.schedule.create({ scheduleId: id, ...parts });
  } catch (error) {
    if (!(error instanceof ScheduleAlreadyRunning)) throw error;
    await temporal.schedule.getHandle(id).update((previous) => ({ ...parts, state: previous.state }));
  }
}
