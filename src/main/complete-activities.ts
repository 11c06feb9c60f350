import { ActivityNotFoundError } from '@temporalio/client';
import type { Client } from '@temporalio/client';
import type { ActivityCompleter, WaitingActivity } from '../activities/remote/settle-attempt';
import { workflowIdOf } from '../contracts/protocol/ids';
import type { RunTaskResult } from '../contracts/protocol/activities';

/** Thousands of agents may end in the same moment. */
const atOnce = 50;

/** Completes activities of remote agents in Temporal. */
export function createActivityCompleter(temporal: Client, onError: (error: unknown) => void): ActivityCompleter {
  const waiting: { activity: WaitingActivity; result: RunTaskResult }[] = [];
  const underWay = new Set<Promise<unknown>>();
  const { namespace } = temporal.options;
  const complete = async (
    { taskToken, workspace, session }: WaitingActivity,
    result: RunTaskResult,
  ): Promise<boolean> => {
    try {
      // A token says nothing of the workflow, by whose workspace payloads are encrypted.
      const workflowId = workflowIdOf(workspace, session);
      await temporal.activity.complete(taskToken, result, {
        serializationContext: { type: 'activity', namespace, workflowId, isLocal: false },
      });
      return true;
    } catch (error) {
      if (error instanceof ActivityNotFoundError) return false;
      throw error;
    }
  };
  const startMore = (): void => {
    while (underWay.size < atOnce) {
      const next = waiting.shift();
      if (!next) return;
      const completing = complete(next.activity, next.result)
        .catch(onError)
        .finally(() => {
          underWay.delete(completing);
          startMore();
        });
      underWay.add(completing);
    }
  };
  return {
    complete,
    completeSoon: (activity, result) => {
      waiting.push({ activity, result });
      startMore();
    },
    settled: async () => {
      while (underWay.size > 0) await Promise.all(underWay);
    },
  };
}
