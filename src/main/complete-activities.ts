import { ActivityNotFoundError } from '@temporalio/client';
import type { Client } from '@temporalio/client';
import type { ActivityCompleter } from '../activities/remote/settle-attempt';
import type { RunTaskResult } from '../contracts/protocol/activities';

/** Completes activities of remote agents in Temporal. */
export function createActivityCompleter(temporal: Client, onError: (error: unknown) => void): ActivityCompleter {
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
  return {
    complete,
    completeSoon: (taskToken, result) => {
      const completing = complete(taskToken, result)
        .catch(onError)
        .finally(() => underWay.delete(completing));
      underWay.add(completing);
    },
    settled: async () => void (await Promise.all(underWay)),
  };
}
