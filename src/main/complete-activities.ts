import { ActivityNotFoundError } from '@temporalio/client';
import type { Client } from '@temporalio/client';
import type { ActivityCompleter } from '../activities/remote/settle-attempt';
import type { RunTaskResult } from '../contracts/protocol/activities';

/** Thousands of agents may end in the same moment. */
const atOnce = 50;

/** Completes activities of remote agents in Temporal. */
export function createActivityCompleter(temporal: Client, onError: (error: unknown) => void): ActivityCompleter {
  const waiting: { taskToken: Uint8Array; result: RunTaskResult }[] = [];
  const underWay = new Set<Promise<unknown>>();
  const complete = async (taskToken: Uint8Array, result: RunTaskResult): Promise<boolean> => {
    try {
      await temporal.activity.complete(taskToken, result);
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
      const completing = complete(next.taskToken, next.result)
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
    completeSoon: (taskToken, result) => {
      waiting.push({ taskToken, result });
      startMore();
    },
    settled: async () => {
      while (underWay.size > 0) await Promise.all(underWay);
    },
  };
}
