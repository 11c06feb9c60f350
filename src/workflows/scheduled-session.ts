import { WorkflowExecutionAlreadyStartedError, WorkflowIdReusePolicy } from '@temporalio/common';
import {
  ApplicationFailure,
  ChildWorkflowCancellationType,
  ChildWorkflowFailure,
  ParentClosePolicy,
  executeChild,
  isCancellation,
  proxyLocalActivities,
  workflowInfo,
} from '@temporalio/workflow';
import { workflowIdOf } from '../contracts/protocol/ids';
import { scheduledSessionId } from '../contracts/protocol/scheduled-session';
import type { ScheduleActivities, ScheduledSessionInput } from '../contracts/protocol/scheduled-session';
import { sessionWorkflow } from '../contracts/protocol/session';
import { whileDatabaseIsAway } from './database-retries';

/** Starts the session of a scheduled time, and waits for its end: what overlaps is Temporal's to decide. */
export async function scheduledSession({ workspace, schedule }: ScheduledSessionInput): Promise<{ session: string }> {
  const { prepareScheduled } = proxyLocalActivities<ScheduleActivities>({
    startToCloseTimeout: '1m',
    ...whileDatabaseIsAway,
  });
  const session = scheduledSessionId(schedule, workflowInfo().workflowId);
  const prepared = await prepareScheduled({ workspace, schedule, session });
  if ('problem' in prepared) throw ApplicationFailure.nonRetryable(prepared.problem, 'NotStarted');
  try {
    await executeChild(sessionWorkflow, {
      workflowId: workflowIdOf(workspace, session),
      args: [prepared.input],
      taskQueue: prepared.input.settings.taskQueue,
      workflowIdReusePolicy: WorkflowIdReusePolicy.REJECT_DUPLICATE,
      // A cancel lets the session stop its agents first.
      cancellationType: ChildWorkflowCancellationType.WAIT_CANCELLATION_COMPLETED,
      parentClosePolicy: ParentClosePolicy.REQUEST_CANCEL,
      staticSummary: prepared.planName,
    });
  } catch (error) {
    // How a session ends is its own affair; that of a time that has run already has run.
    const isItsOwn = error instanceof ChildWorkflowFailure || error instanceof WorkflowExecutionAlreadyStartedError;
    if (!isItsOwn || isCancellation(error)) throw error;
  }
  return { session };
}
