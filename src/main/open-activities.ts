import type { Client, WorkflowExecutionDescription } from '@temporalio/client';
import { WorkflowNotFoundError } from '@temporalio/common';
import type { Payload } from '@temporalio/common';
import { temporal as api } from '@temporalio/proto';
import type { OpenActivities } from '../contracts/ports/open-activities';
import type { AgentActivities, RunTaskInput } from '../contracts/protocol/activities';
import { workflowIdOf } from '../contracts/protocol/ids';

const runTask: keyof AgentActivities = 'runTask';

/** Asks Temporal. A description says which activities workers have taken, and only the history what they were given. */
export function createOpenActivities(temporal: Client, now: () => number): OpenActivities {
  return {
    takenBefore: async (workspace, session, agoMs) => {
      const workflowId = workflowIdOf(workspace, session);
      try {
        const description = await temporal.workflow.getHandle(workflowId).describe();
        const taken = takenActivities(description, now() - agoMs);
        if (taken.size === 0) return [];
        const { events } = await temporal.workflow.getHandle(workflowId, description.runId).fetchHistory();
        return await inputsOf(temporal, workflowId, events ?? [], taken);
      } catch (error) {
        if (error instanceof WorkflowNotFoundError) return [];
        throw error;
      }
    },
  };
}

/** Ids of activities that a worker has had since `before`. */
function takenActivities({ raw }: WorkflowExecutionDescription, before: number): Set<string> {
  const { PENDING_ACTIVITY_STATE_STARTED: started } = api.api.enums.v1.PendingActivityState;
  const taken = (raw.pendingActivities ?? []).filter(
    ({ state, lastStartedTime }) => state === started && Number(lastStartedTime?.seconds ?? 0) * 1_000 <= before,
  );
  return new Set(taken.map(({ activityId }) => activityId ?? ''));
}

async function inputsOf(
  { options: { loadedDataConverter, namespace } }: Client,
  workflowId: string,
  events: readonly api.api.history.v1.IHistoryEvent[],
  activities: ReadonlySet<string>,
): Promise<RunTaskInput[]> {
  const inputs = events.flatMap(({ activityTaskScheduledEventAttributes: scheduled }) => {
    const [input] = scheduled?.input?.payloads ?? [];
    const isOne = scheduled?.activityType?.name === runTask && activities.has(scheduled.activityId ?? '');
    return isOne && input ? [input] : [];
  });
  const context = { type: 'workflow', namespace, workflowId } as const;
  let plain: Payload[] = inputs;
  for (const codec of loadedDataConverter.payloadCodecs.toReversed()) plain = await codec.decode(plain, context);
  return plain.map((input) => loadedDataConverter.payloadConverter.fromPayload<RunTaskInput>(input, context));
}
