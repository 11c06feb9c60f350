import type { Draft } from './draft';
import type { PlanIndex } from './outline';
import { chooseAgent } from './choose-agent';
import { maxStartsPerTurn, policyOf, registryAgent, taskAt } from './outline';
import type { RunRef } from './run-key';
import { wholeTask } from './run-key';
import type { LineReason, RunState, SessionState } from './state';
import { findRun, isInLine, taskState } from './state';

/** A run that may start now, and the agent that has room for it. */
export interface Startable extends RunRef {
  attempt: number;
  /** Index into the outline's agents, `noAgent` or `registryAgent`. */
  agent: number;
}

/** Puts the run in the line: by priority, then by the order of the plan, then by item. */
export function enqueue(draft: Draft, ref: RunRef): void {
  // A task whose condition was looked at first is queued already.
  if (draft.run(ref).status !== 'queued') draft.record({ type: 'task-queued', run: draft.key(ref) });
  const run = draft.setStatus(ref, 'queued');
  run.queuedAt = draft.elapsed;
  delete run.dueAt;
  const { queue } = draft.state;
  let low = 0;
  let high = queue.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const other = queue[middle];
    if (other && byUrgency(draft.index, other, ref) <= 0) low = middle + 1;
    else high = middle;
  }
  queue.splice(low, 0, { task: ref.task, item: ref.item });
}

/** Takes the run out of the line; false where it is not in it. */
export function dequeue(draft: Draft, ref: RunRef): boolean {
  const { queue } = draft.state;
  const at = queue.findIndex((queued) => queued.task === ref.task && queued.item === ref.item);
  if (at >= 0) queue.splice(at, 1);
  return at >= 0;
}

/**
 * The runs that may start now, most urgent first: within the session's concurrency, the fan-outs' `maxParallel` and the agents'
 * `maxConcurrent`. A run that has to wait for its agent holds up nobody else. Whether an agent of the registry has room is not
 * known here; no more runs wait for one than the session could start. Whether others have the resources of a run is not known either; so many
 * may wait for some that those which need others get their chance.
 */
export function startable(index: PlanIndex, state: SessionState): Startable[] {
  const found: Startable[] = [];
  if (state.ended || state.paused) return found;
  const slots = Math.min(index.outline.concurrency - state.inFlight, maxStartsPerTurn);
  // Those who wait for their workspace come first, and more of them than the session could start are of no use.
  if (slots <= 0 || countWaits(state, 'places', 'rate') >= index.outline.concurrency) return found;
  const load = [...state.load];
  let forResources = index.hasResources ? countWaits(state, 'conflict') : 0;
  let forAgents = state.inLine - forResources;
  const itemsInFlight = new Map<number, number>();
  const ofRaces = new Map<number, number[]>();
  for (const ref of state.queue) {
    if (found.length >= slots) break;
    const { maxParallel } = policyOf(index, ref.task);
    if (ref.item !== wholeTask && maxParallel !== undefined) {
      const running = itemsInFlight.get(ref.task) ?? itemsUnderWay(state, ref.task);
      itemsInFlight.set(ref.task, running);
      if (running >= maxParallel) continue;
    }
    const taken = ofRaces.get(ref.task);
    const agent = chooseAgent(index, state, ref, load, taken);
    if (agent === undefined) continue;
    if (agent === registryAgent && forAgents++ >= index.outline.concurrency) continue;
    if (taskAt(index, ref.task).resources && forResources++ >= maxStartsPerTurn) continue;
    if (agent >= 0) load[agent] = (load[agent] ?? 0) + 1;
    if (agent >= 0 && taskAt(index, ref.task).race !== undefined) ofRaces.set(ref.task, [...(taken ?? []), agent]);
    itemsInFlight.set(ref.task, (itemsInFlight.get(ref.task) ?? 0) + 1);
    found.push({ task: ref.task, item: ref.item, attempt: (findRun(state, ref)?.attempt ?? 0) + 1, agent });
  }
  return found;
}

/** The order of the queue. */
export function byUrgency(index: PlanIndex, a: RunRef, b: RunRef): number {
  return policyOf(index, a.task).priority - policyOf(index, b.task).priority || a.task - b.task || a.item - b.item;
}

function countWaits({ tasks, inLine }: SessionState, ...wanted: LineReason[]): number {
  if (inLine === 0) return 0;
  const waits = ({ status, reason }: RunState): boolean => status === 'waiting' && wanted.some((one) => one === reason);
  return tasks.reduce((sum, task) => sum + Number(waits(task)) + (task.items?.filter(waits).length ?? 0), 0);
}

/** Items that run, or will as soon as an agent has room. */
function itemsUnderWay(state: SessionState, task: number): number {
  return taskState(state, task).items?.filter((item) => item.status === 'running' || isInLine(item)).length ?? 0;
}
