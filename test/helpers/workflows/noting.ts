import { proxySinks, sleep, workflowInfo } from '@temporalio/workflow';
import type { Sinks } from '@temporalio/workflow';

export interface NoteSinks extends Sinks {
  notes: { take(text: string): void };
}

const { notes } = proxySinks<NoteSinks>();

/** Notes something in its first activation, and twice in its second. */
export async function noting(): Promise<string> {
  notes.take('first');
  await sleep(1);
  notes.take('second');
  notes.take('third');
  return workflowInfo().workflowId;
}

/** Waits until it is cancelled. */
export async function waiting(): Promise<void> {
  await sleep('1 day');
}
