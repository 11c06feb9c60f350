import type { PlanIndex } from '../session/outline';
import { taskAt } from '../session/outline';
import { agentNameOf } from '../session/roster';
import type { RunRef } from '../session/run-key';
import { runKey, wholeTask } from '../session/run-key';
import type { RunState, SessionState } from '../session/state';
import { hasEnded } from '../session/state';
import type { SessionEvidence } from './evidence';

/** A run that has neither ended nor waits for needs, as it is at the moment of a forecast. */
export interface UnfinishedRun extends RunRef {
  /** `evaluate`: its condition, or its list, is still to be looked at. */
  stage: 'evaluate' | 'ready' | 'running' | 'waiting';
  tries: number;
  /** How many of these are allowed, where that is not as the plan has it. */
  mostTries?: number;
  onFallback: boolean;
  /** It has been started before, which a session that fails lets finish. */
  hasBegun: boolean;
  /** While it runs: for how long it has. */
  elapsedMs: number;
  /** While it runs: an index into the places; absent where nobody counts them. */
  agent?: number;
  /** Places of the session that it takes: one, or one for each racer. */
  slots: number;
  /** While it is ready: for how long it has been in the line. */
  waitedMs: number;
  /** While it waits: until it is ready. */
  dueInMs: number;
  /** Until its task times out. */
  deadlineInMs: number;
  /** It was told to stop. */
  isStopping: boolean;
}

export function unfinishedRuns(
  index: PlanIndex,
  state: SessionState,
  evidence: SessionEvidence,
  now: number,
): UnfinishedRun[] {
  const elapsed = now - state.startedAt;
  const describe = (ref: RunRef, run: RunState, deadlineAt = run.deadlineAt): UnfinishedRun => {
    const { status, tries = 0, mostTries, onFallback = false, startedAt, dueAt, stop } = run;
    const begunAt = evidence.begunAt.get(runKey(index, ref)) ?? state.startedAt + (startedAt ?? elapsed);
    const agent = placeOf(index, state, evidence, run.agent);
    return {
      ...ref,
      stage: status === 'running' ? 'running' : dueAt === undefined ? 'ready' : 'waiting',
      tries,
      ...(mostTries !== undefined && { mostTries }),
      onFallback,
      hasBegun: startedAt !== undefined,
      elapsedMs: Math.max(0, now - begunAt),
      ...(agent !== undefined && { agent }),
      slots: 1,
      waitedMs: Math.max(0, now - (evidence.inLineSince?.get(runKey(index, ref)) ?? now)),
      dueInMs: dueAt === undefined ? 0 : Math.max(0, dueAt - elapsed),
      deadlineInMs: deadlineAt === undefined ? Infinity : deadlineAt - elapsed,
      isStopping: stop !== undefined,
    };
  };
  const awaiting = new Set(state.toEvaluate);
  return state.tasks.flatMap((whole, task): UnfinishedRun[] => {
    if (hasEnded(whole) || whole.status === 'pending') return [];
    const ref = { task, item: wholeTask };
    if (awaiting.has(task)) return [{ ...describe(ref, whole), stage: 'evaluate' }];
    if (!whole.items) return [describe(ref, whole)];
    const open = whole.items.flatMap((run, item) =>
      hasEnded(run) ? [] : [describe({ task, item }, run, whole.deadlineAt)],
    );
    return taskAt(index, task).race === undefined ? open : raceAsOne(ref, open);
  });
}

/** Racers are one run that takes the places of all: what was measured of them is what the race came to. */
function raceAsOne(ref: RunRef, racers: readonly UnfinishedRun[]): UnfinishedRun[] {
  const running = racers.filter(({ stage }) => stage === 'running');
  const [first] = running.length > 0 ? running : racers;
  if (!first) return [];
  const { agent: _, ...race } = first;
  const longest = running.reduce((most, { elapsedMs }) => Math.max(most, elapsedMs), 0);
  return [{ ...race, ...ref, elapsedMs: longest, slots: Math.max(1, running.length) }];
}

function placeOf(
  index: PlanIndex,
  state: SessionState,
  { registered }: SessionEvidence,
  agent: number | undefined,
): number | undefined {
  const { length } = index.outline.agents;
  if (agent === undefined || agent < length) return agent;
  const name = agentNameOf(index, state, agent);
  const at = registered.findIndex((one) => one.name === name);
  return at < 0 ? undefined : length + at;
}
