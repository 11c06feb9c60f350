import { proxyActivities, proxyLocalActivities } from '@temporalio/workflow';
import type { RawActivities } from './activities';

const activities = proxyActivities<RawActivities>({ startToCloseTimeout: '1m', retry: { maximumAttempts: 1 } });

// An overloaded machine may be late with one.
const localActivities = proxyLocalActivities<RawActivities>({
  startToCloseTimeout: '1m',
  retry: { maximumAttempts: 3 },
});

export interface RawWork {
  kind: 'chain' | 'parallel';
  tasks: number;
  /** As local activities: what they come to is on disk when the workflow task has ended, not each by itself. */
  local?: boolean | undefined;
}

/** The work of an echo plan as anybody would write it on Temporal: a chain hands its text on, a fan-out starts all at once. */
export async function rawEcho({ kind, tasks, local }: RawWork, text: string): Promise<string> {
  const { echo } = local ? localActivities : activities;
  if (kind === 'parallel') {
    const texts = await Promise.all(Array.from({ length: tasks }, () => echo(text)));
    return texts.at(-1) ?? text;
  }
  let current = text;
  for (let task = 0; task < tasks; task++) current = await echo(current);
  return current;
}
