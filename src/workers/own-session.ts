import { ApplicationFailure } from '@temporalio/common';
import type { ActivityExecuteInput, ActivityInboundCallsInterceptor, Next } from '@temporalio/worker';
import { workflowIdOf } from '../contracts/protocol/ids';

/**
 * Refuses work for another session, and so another workspace, than that of the workflow which asks for it: its id begins with its workspace, and whoever
 * starts workflows in Temporal by hand may have written anything into their inputs.
 */
export class OwnSession implements ActivityInboundCallsInterceptor {
  constructor(private readonly workflowId: string) {}

  execute(input: ActivityExecuteInput, next: Next<ActivityInboundCallsInterceptor, 'execute'>): Promise<unknown> {
    const [asked] = input.args as { workspace?: unknown; session?: unknown }[];
    if (asked === undefined || typeof asked.workspace !== 'string' || typeof asked.session !== 'string')
      return next(input);
    if (workflowIdOf(asked.workspace, asked.session) === this.workflowId) return next(input);
    throw ApplicationFailure.nonRetryable(
      `The workflow ${this.workflowId} asks for work of session "${asked.session}" in workspace "${asked.workspace}", which is not its own. It is refused.`,
      'WORKSPACE_MISMATCH',
    );
  }
}
