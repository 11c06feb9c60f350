import type { PlanIndex } from '../session/outline';
import { taskAt } from '../session/outline';
import { createRandom } from '../random';
import type { SessionState } from '../session/state';
import type { SessionEvidence } from './evidence';
import { drawRemainingMs } from './remaining-time';
import type { DurationBelief, LogNormal } from './log-normal';
import { believedOthers, believedTasks, drawItems, drawTask, fittingLogNormal } from './possible-world';
import type { PossibleTask, TaskBelief } from './possible-world';
import { modelOf } from './simulation-model';
import type { SimulationModel } from './simulation-model';
import { simulateSession } from './simulate-session';
import type { SimulatedWorld } from './simulate-session';
import { whyUnknown } from './why-unknown';

/** When a session will have ended, or why that cannot be said. */
export type Forecast =
  /** Milliseconds that half of the simulated sessions still took, and nine of ten. */
  | { remainingMs: { p50: number; p90: number }; reason: null }
  /** In words. */
  | { remainingMs: null; reason: string };

const mostDraws = 200;
const fewestDraws = 20;
/** Simulated runs, in all draws together: some tenths of a second of work. */
const mostRuns = 60_000;

/**
 * Simulates what is left of the session, many times: each time with durations, successes, conditions and lists as they may be after what was
 * measured. `now`: milliseconds since 1970. The same arguments give the same answer.
 */
export function forecastSession(
  index: PlanIndex,
  state: SessionState,
  evidence: SessionEvidence,
  { now, seed }: { now: number; seed: string },
): Forecast {
  const reason = whyUnknown(index, state, evidence);
  if (reason !== undefined) return { remainingMs: null, reason };
  const model = modelOf(index, state, evidence, now);
  const beliefs = believedTasks(evidence.tasks);
  const random = createRandom('forecast', seed);
  const draws = Math.max(fewestDraws, Math.min(mostDraws, Math.floor(mostRuns / expectedRuns(model, beliefs))));
  const elapsed = elapsedByTask(model);
  const others = believedOthers(evidence.registered, evidence.tasks);
  const remaining = Float64Array.from({ length: draws }, () =>
    simulateSession(model, {
      ...drawWorld(model, beliefs, elapsed, random),
      otherTakesMs: drawOthers(model, others, random),
    }),
  );
  remaining.sort();
  return {
    remainingMs: { p50: Math.round(quantile(remaining, 0.5)), p90: Math.round(quantile(remaining, 0.9)) },
    reason: null,
  };
}

/** For how long the attempts in flight have been running. */
function elapsedByTask({ runs }: SimulationModel): Map<number, number[]> {
  const elapsed = new Map<number, number[]>();
  for (const { task, stage, elapsedMs, isStopping } of runs) {
    if (stage !== 'running' || isStopping) continue;
    const known = elapsed.get(task);
    if (known) known.push(elapsedMs);
    else elapsed.set(task, [elapsedMs]);
  }
  return elapsed;
}

function drawWorld(
  model: SimulationModel,
  beliefs: readonly TaskBelief[],
  elapsed: ReadonlyMap<number, readonly number[]>,
  random: () => number,
): Omit<SimulatedWorld, 'otherTakesMs'> {
  const drawn: PossibleTask[] = [];
  const beliefOf = (task: number): TaskBelief => {
    const belief = beliefs[task];
    if (!belief) throw new RangeError(`nothing is believed of task ${task}`);
    return belief;
  };
  const truthOf = (task: number): PossibleTask => {
    return (drawn[task] ??= drawTask(beliefOf(task), elapsed.get(task) ?? [], random));
  };
  return {
    attempt: ({ task }, elapsedMs) => {
      const truth = truthOf(task);
      const { race = 1 } = taskAt(model.index, task);
      // A race fails only where all its racers do.
      const succeeds = random() >= (1 - truth.succeeds) ** race;
      return { takesMs: drawRemainingMs(succeeds ? truth.success : truth.failure, elapsedMs, random), succeeds };
    },
    holds: (task) => random() < beliefOf(task).holds,
    items: (task) => {
      const { items } = beliefOf(task);
      return items ? drawItems(items, random) : 0;
    },
  };
}

/** How long other sessions keep agents, of which each draw knows one truth. */
function drawOthers(
  { index, others }: SimulationModel,
  beliefs: readonly DurationBelief[],
  random: () => number,
): SimulatedWorld['otherTakesMs'] {
  const drawn = new Map<number, LogNormal>();
  return (agent, elapsedMs) => {
    const known = drawn.get(agent);
    if (known) return drawRemainingMs(known, elapsedMs, random);
    const belief = beliefs[agent - index.outline.agents.length];
    if (!belief) throw new RangeError(`nothing is known of agent ${agent}`);
    const inFlight = others?.running.flatMap((one) => (one.agent === agent ? [one.elapsedMs] : [])) ?? [];
    const truth = fittingLogNormal(belief, inFlight, random);
    drawn.set(agent, truth);
    return drawRemainingMs(truth, elapsedMs, random);
  };
}

/** For how many draws there is time. */
function expectedRuns({ openTasks, runs, others }: SimulationModel, beliefs: readonly TaskBelief[]): number {
  const fanOuts = openTasks.reduce((sum, task) => {
    const items = beliefs[task]?.items;
    return sum + (!items ? 0 : 'always' in items ? items.always : Math.exp(items.varying.mean));
  }, 0);
  const ofOthers = others
    ? others.running.length + others.waiting.length + others.later.reduce((sum, later) => sum + later, 0)
    : 0;
  return Math.max(1, openTasks.length + runs.length + fanOuts + ofOthers);
}

/** Of n draws, the next lies with equal chance in each of the n + 1 gaps. */
function quantile(sorted: Float64Array, share: number): number {
  const at = Math.min(sorted.length - 1, Math.max(0, share * (sorted.length + 1) - 1));
  const [below = 0, above = below] = sorted.subarray(Math.floor(at), Math.floor(at) + 2);
  return below + (above - below) * (at - Math.floor(at));
}
