import type { PlanIndex } from '../session/outline';
import { policyOf, registryAgent } from '../session/outline';
import type { SessionState } from '../session/state';
import { hasEnded } from '../session/state';
import type { SessionEvidence } from './evidence';
import type { OtherSessions } from './other-sessions';
import { unfinishedRuns } from './unfinished-runs';
import type { UnfinishedRun } from './unfinished-runs';

/** What is left of a session, in the form in which it is simulated. Times are milliseconds from the moment of the forecast. */
export interface SimulationModel {
  index: PlanIndex;
  /** Attempts at once by agent: those of the outline, then those of the registry. */
  places: readonly number[];
  /** Runs that share a class wait for the same agents, or for the same fan-out: the most urgent of them is the next. */
  classes: readonly WaitingClass[];
  /** Index of the class of each task. */
  classOf: readonly number[];
  fallbackClassOf: readonly (number | undefined)[];
  /** Tasks that have not ended, in topological order. */
  openTasks: readonly number[];
  /** By task: how many of its needs have not ended; `noNeeds` where it does not wait for any. */
  needsLeft: Readonly<Int32Array>;
  runs: readonly UnfinishedRun[];
  /** Agents are indices into the places; absent where nobody else is there. */
  others?: OtherSessions;
  /** Fan-outs of which an item has failed. */
  withFailedItems: ReadonlySet<number>;
  /** It has failed: what has not begun never will. */
  isStopping: boolean;
  /** Seed of the backoff. */
  id: string;
  deadlineInMs: number;
}

export interface WaitingClass {
  /** Agents in order; empty where none is needed, or where nobody knows who it will be. */
  candidates: readonly number[];
  /** The fan-out whose items in flight are limited. */
  fanOut?: { task: number; maxParallel: number };
}

/** In place of a number of needs: the task has begun, or ended, or never will begin. */
export const noNeeds = -1;

/** `now`: milliseconds since 1970. */
export function modelOf(
  index: PlanIndex,
  state: SessionState,
  evidence: SessionEvidence,
  now: number,
): SimulationModel {
  const { agents, tasks } = index.outline;
  const classes = new Map<string, { at: number; one: WaitingClass }>();
  const classFor = (candidates: readonly number[], fanOut?: WaitingClass['fanOut']): number => {
    const key = JSON.stringify([candidates, fanOut?.task]);
    const known = classes.get(key);
    if (known) return known.at;
    const at = classes.size;
    classes.set(key, { at, one: { candidates, ...(fanOut && { fanOut }) } });
    return at;
  };
  const knownAgents = (task: number, candidates: readonly number[]): readonly number[] =>
    candidates.includes(registryAgent)
      ? (evidence.tasks[task]?.registered ?? []).map((at) => agents.length + at)
      : candidates;
  const fanOuts = tasks.map(({ forEach }, task) => {
    const { maxParallel } = policyOf(index, task);
    return maxParallel === undefined || !forEach ? undefined : { task, maxParallel };
  });
  const classOf = tasks.map(({ agents: candidates, race }, task) =>
    // Racers work with agents of their own; that there is room for all of them is taken for granted.
    classFor(race === undefined ? knownAgents(task, candidates) : [], fanOuts[task]),
  );
  const openTasks = state.tasks.flatMap((task, at) => (hasEnded(task) ? [] : [at]));
  return {
    index,
    places: [
      ...agents.map(({ maxConcurrent = Infinity }) => maxConcurrent),
      // Those who have none now will have some once others are done: those that are known, or those of other workspaces.
      ...evidence.registered.map(({ places }, at) =>
        evidence.others?.running.some(({ agent }) => agent === at) ? places : Math.max(1, places),
      ),
    ],
    classOf,
    fallbackClassOf: tasks.map(({ fallback }, task) =>
      fallback === undefined ? undefined : classFor(knownAgents(task, [fallback]), fanOuts[task]),
    ),
    classes: [...classes.values()].map(({ one }) => one),
    openTasks,
    needsLeft: Int32Array.from(tasks, ({ needs }, task) =>
      state.tasks[task]?.status === 'pending' ? needs.filter((need) => !isOver(state, need)).length : noNeeds,
    ),
    runs: unfinishedRuns(index, state, evidence, now),
    ...(evidence.others && { others: amongPlaces(evidence.others, agents.length) }),
    withFailedItems: new Set(
      openTasks.filter((task) => state.tasks[task]?.items?.some(({ status }) => status === 'failed')),
    ),
    isStopping: state.stopping !== undefined,
    id: state.id,
    deadlineInMs: state.deadlineAt === undefined ? Infinity : state.startedAt + state.deadlineAt - now,
  };
}

/** Registered agents come after those of the outline. */
function amongPlaces({ running, waiting, later }: OtherSessions, offset: number): OtherSessions {
  return {
    running: running.map((one) => ({ ...one, agent: offset + one.agent })),
    waiting: waiting.map((one) => ({ ...one, agents: one.agents.map((agent) => offset + agent) })),
    later,
  };
}

function isOver(state: SessionState, task: number): boolean {
  const found = state.tasks[task];
  return found !== undefined && hasEnded(found);
}
