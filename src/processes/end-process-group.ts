import { setTimeout as wait } from 'node:timers/promises';
import { processGroupIsAlive, signalProcessGroup } from './process-group';

/** How a process group is ended: first `signal`, then, where it still lives after `graceMs`, SIGKILL. */
export interface EndPolicy {
  signal: NodeJS.Signals;
  graceMs: number;
}

const unkillableAfterMs = 30_000;

/** Ends a process group and settles once all its processes are gone. Rejects where one survives SIGKILL for 30 s. */
export async function endProcessGroup(groupId: number, policy: EndPolicy): Promise<void> {
  if (!signalProcessGroup(groupId, policy.signal)) return;
  if (await groupEnds(groupId, policy.graceMs)) return;
  signalProcessGroup(groupId, 'SIGKILL');
  if (await groupEnds(groupId, unkillableAfterMs)) return;
  throw new Error(`process group ${groupId} still has a process ${unkillableAfterMs / 1000} s after SIGKILL`);
}

async function groupEnds(groupId: number, withinMs: number): Promise<boolean> {
  const deadline = performance.now() + withinMs;
  for (let pauseMs = 5; processGroupIsAlive(groupId); pauseMs = Math.min(pauseMs * 2, 100)) {
    const leftMs = deadline - performance.now();
    if (leftMs <= 0) return false;
    await wait(Math.min(pauseMs, leftMs));
  }
  return true;
}
