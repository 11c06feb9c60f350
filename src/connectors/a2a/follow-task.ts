import type { Task } from '@a2a-js/sdk';
import type { Client } from '@a2a-js/sdk/client';
import { sleep } from '../wait';
import { mayPass } from './reports';
import { isUnderWay } from './task-state';

/** How often an agent is asked how far it is. */
export interface Polling {
  firstMs: number;
  longestMs: number;
  factor: number;
  /** Answers in a row that may fail to come, before the agent counts as gone. */
  failures: number;
}

/** Quick tasks are seen soon, long ones cost few requests; an agent may be away for as long as a restart takes. */
export const defaultPolling: Polling = { firstMs: 200, longestMs: 5_000, factor: 1.5, failures: 8 };

interface Following {
  client: Client;
  polling: Polling;
  /** Ends the waiting. */
  signal: AbortSignal;
  /** Ends a request that is under way. */
  requestSignal: AbortSignal;
  onTask(task: Task): void;
}

/** Asks for the task until nothing more is expected of it, or the signal is aborted. Rejects with what a call came to that will not pass. */
export async function followTask(begun: Task, following: Following): Promise<Task> {
  const { polling, signal } = following;
  let task = begun;
  let failures = 0;
  for (let waitMs = polling.firstMs; ; waitMs = Math.min(waitMs * polling.factor, polling.longestMs)) {
    following.onTask(task);
    if (!isUnderWay(task)) return task;
    await sleep(waitMs, signal);
    if (signal.aborted) return task;
    try {
      task = await getTask(following.client, task.id, following.requestSignal);
      failures = 0;
    } catch (error) {
      if (signal.aborted) return task;
      if (!mayPass(error) || ++failures > polling.failures) throw error;
    }
  }
}

/** Asks the agent to end the task, and resolves with the task once it is no longer at it; undefined where it never says so. */
export async function endTask(
  client: Client,
  id: string,
  polling: Polling,
  signal: AbortSignal,
): Promise<Task | undefined> {
  try {
    const task = await client
      .cancelTask({ tenant: '', id, metadata: undefined }, { signal })
      // It may have ended in this moment.
      .catch(() => getTask(client, id, signal));
    const ended = await followTask(task, { client, polling, signal, requestSignal: signal, onTask: () => undefined });
    return isUnderWay(ended) ? undefined : ended;
  } catch {
    return undefined;
  }
}

async function getTask(client: Client, id: string, signal: AbortSignal): Promise<Task> {
  const task = await client.getTask({ tenant: '', id, historyLength: 0 }, { signal });
  if (task.id !== id) throw new Error('asked for one task, it told of another');
  return task;
}
