import type { Draft } from './draft';
import type { PlanIndex } from './outline';
import { taskAt } from './outline';
import { dequeue } from './queue';
import { endFanOutWhenDone, endRun, endTask } from './readiness';
import { agentNameOf } from './roster';
import type { RunRef } from './run-key';
import { wholeTask } from './run-key';
import { siblingAgents } from './siblings';
import type { SessionState } from './state';
import { hasEnded } from './state';
import { stopAttempt } from './stop-attempt';

export function isRacer(index: PlanIndex, { task, item }: RunRef): boolean {
  return item !== wholeTask && taskAt(index, task).race !== undefined;
}

/** The task has succeeded with its first racer that did, at once; the others are told to stop, and what they come to changes nothing. */
export function winRace(draft: Draft, winner: RunRef): void {
  const { task } = winner;
  const { agent } = draft.run(winner);
  draft.task(task).items?.forEach((racer, item) => {
    if (hasEnded(racer)) return;
    const ref = { task, item };
    if (racer.status === 'running') return stopAttempt(draft, ref, 'race-lost');
    dequeue(draft, ref);
    endRun(draft, ref, racer.startedAt === undefined ? 'skipped' : 'cancelled', 'race-lost');
  });
  const whole = { task, item: wholeTask };
  if (agent !== undefined) draft.edit(whole).agent = agent;
  const by = agent === undefined ? undefined : agentNameOf(draft.index, draft.state, agent);
  draft.record({ type: 'race-won', run: draft.key(whole), winner: draft.key(winner), agent: by ?? 'session' });
  endTask(draft, task, 'succeeded');
}

/** Whether a sibling in the race works with the agent of the registry, or has. */
export function isTakenBySibling(index: PlanIndex, state: SessionState, ref: RunRef, agent: string): boolean {
  const known = state.roster?.indexOf(agent) ?? -1;
  return known >= 0 && siblingAgents(index, state, ref).has(index.outline.agents.length + known);
}

/** Whether the race has a racer without this one. */
export function mayBeLeftOut(index: PlanIndex, state: SessionState, ref: RunRef): boolean {
  const racers = state.tasks[ref.task]?.items ?? [];
  return isRacer(index, ref) && racers.some(({ status }, item) => item !== ref.item && status !== 'skipped');
}

/** Goes on without a racer that there is no agent for. */
export function leaveOut(draft: Draft, ref: RunRef): void {
  if (!mayBeLeftOut(draft.index, draft.state, ref) || !dequeue(draft, ref)) return;
  endRun(draft, ref, 'skipped', 'no-other-agent');
  endFanOutWhenDone(draft, ref.task);
}
