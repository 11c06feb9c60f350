import { randomUUID } from 'node:crypto';
import { temporal } from '@temporalio/proto';
import type { SessionHandle } from '../../../src/client/session-handle';
import type { Installation } from '../../../src/main/installation';

const { EVENT_TYPE_WORKFLOW_TASK_COMPLETED } = temporal.api.enums.v1.EventType;
const { RESET_REAPPLY_EXCLUDE_TYPE_UPDATE } = temporal.api.enums.v1.ResetReapplyExcludeType;

/**
 * Resets the workflow, as the Web UI would, to its workflow task of this number (0 is the first). Temporal gives the new run what came in
 * since, unless it shall go `withoutUpdates`.
 */
export async function resetWorkflow(
  { installation }: { installation: Pick<Installation, 'temporal' | 'addresses'> },
  session: SessionHandle,
  workflowTask: number,
  withoutUpdates = false,
): Promise<void> {
  const { workflow } = installation.temporal;
  const handle = workflow.getHandle(session.workflowId);
  const { runId } = await handle.describe();
  const { events } = await workflow.getHandle(session.workflowId, runId).fetchHistory();
  const completed = (events ?? []).filter(({ eventType }) => eventType === EVENT_TYPE_WORKFLOW_TASK_COMPLETED);
  const target = completed[workflowTask]?.eventId;
  if (target === undefined || target === null) throw new Error(`there is no workflow task ${workflowTask}`);
  await workflow.connection.workflowService.resetWorkflowExecution({
    namespace: installation.addresses.temporal.namespace,
    workflowExecution: { workflowId: session.workflowId, runId },
    reason: 'test',
    workflowTaskFinishEventId: target,
    requestId: randomUUID(),
    ...(withoutUpdates && { resetReapplyExcludeTypes: [RESET_REAPPLY_EXCLUDE_TYPE_UPDATE] }),
  });
}
