import { ApplicationFailure } from '@temporalio/common';
import type { ActivityExecuteInput, ActivityInboundCallsInterceptor, Next } from '@temporalio/worker';
import { workflowIdOf } from '../contracts/protocol/ids';
import { isOfSchedule, scheduledSessionId } from '../contracts/protocol/scheduled-session';

/**
 * Refuses work for another session, and so another workspace, than that of the workflow which asks for it: its id begins with its workspace, and whoever
 * starts workflows in Temporal by hand may have written anything into their inputs.
 */
export class OwnSession implements ActivityInboundCallsInterceptor {
  constructor(private readonly workflowId = '') {}

  execute(input: ActivityExecuteInput, next: Next<ActivityInboundCallsInterceptor, 'execute'>): Promise<unknown> {
    const [asked] = input.args as { workspace?: unknown; session?: unknown; schedule?: unknown }[];
    if (asked === undefined || typeof asked.workspace !== 'string' || typeof asked.session !== 'string')
      return next(input);
    // What a schedule starts has an id of the schedule, and asks for the session that it is about to start.
    const isOwn =
      typeof asked.schedule === 'string'
        ? isOfSchedule(this.workflowId, asked.workspace, asked.schedule) &&
          asked.session === scheduledSessionId(asked.schedule, this.workflowId)
        : this.workflowId === workflowIdOf(asked.workspace, asked.session);
    if (isOwn) return next(input);
    throw ApplicationFailure.nonRetryable(
      `The workflow ${this.workflowId} asks for work of session "${asked.session}" in workspace "${asked.workspace}", which is not its own. It is refused.`,
      'WORKSPACE_MISMATCH',
    );
  }
}
