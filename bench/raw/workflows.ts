import { proxyActivities } from '@temporalio/workflow';
import type { RawActivities } from './activities';

const { echo } = proxyActivities<RawActivities>({ startToCloseTimeout: '1m', retry: { maximumAttempts: 1 } });

/** The work of an echo plan as anybody would write it on Temporal: a chain hands its text on, a fan-out starts all at once. */
export async function rawEcho(
  { kind, tasks }: { kind: 'chain' | 'parallel'; tasks: number },
  text: string,
): Promise<string> {
  if (kind === 'parallel') {
    const texts = await Promise.all(Array.from({ length: tasks }, () => echo(text)));
    return texts.at(-1) ?? text;
  }
  let current = text;
  for (let task = 0; task < tasks; task++) current = await echo(current);
  return current;
}
