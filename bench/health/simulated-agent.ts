import type { AgentBehaviour, BehaviourMeasure, BehaviourOutcome } from '../../src/domain/health/behaviour/behaviour';
import { newBehaviour } from '../../src/domain/health/behaviour/behaviour';
import { observeBehaviour } from '../../src/domain/health/behaviour/observe';
import { createRandom } from '../../src/domain/random';
import { drawChiSquared, drawNormal } from '../../src/domain/random-variates';

/** What an agent does from some attempt on. */
export interface Doing {
  successRate: number;
  /** Of what is usual. */
  durationTimes: number;
  costTimes: number;
}

export const asUsual = (successRate: number): Doing => ({ successRate, durationTimes: 1, costTimes: 1 });

/** Success rates of the agents of a fleet. */
export const successRates = [0.99, 0.95, 0.8, 0.6, 0.4] as const;

/** Median durations of its tasks; each agent meets them in any order. */
const tasks = { small: 4_000, middle: 20_000, large: 120_000 };
const everyMs = 60_000;

/**
 * An attempt a minute, of three tasks. Durations and costs are log-normal, for every third agent with heavy tails (Student's t with 4 degrees of freedom); durations
 * follow a daily rhythm of a fifth.
 */
export function simulatedAgent(seed: string | number): (doing: Doing) => BehaviourOutcome {
  const random = createRandom('agent', seed);
  const phase = random();
  const isHeavy = random() < 1 / 3;
  const names = Object.keys(tasks) as (keyof typeof tasks)[];
  let at = 0;
  const noise = (): number => {
    const normal = drawNormal(random);
    return isHeavy ? normal / Math.sqrt(drawChiSquared(random, 4) / 4) / Math.SQRT2 : normal;
  };
  return ({ successRate, durationTimes, costTimes }) => {
    at += everyMs;
    const task = names[Math.floor(random() * names.length)] ?? 'small';
    const rhythm = 1 + 0.2 * Math.sin(2 * Math.PI * (at / 86_400_000 + phase));
    return {
      at,
      task,
      failed: random() >= successRate,
      durationMs: tasks[task] * rhythm * durationTimes * Math.exp(0.4 * noise()),
      costUsd: (tasks[task] / 100_000) * costTimes * Math.exp(0.5 * noise()),
    };
  };
}

const attemptsOfDay = 1_440;

/** What became unusual of each agent of a fleet in a day of normal running: all of it is false. The day before is its past. */
export function falselyUnusual(agents: number, seed: string | number): number {
  let alarms = 0;
  for (let agent = 0; agent < agents; agent++) {
    const next = simulatedAgent(`${seed}/${agent}`);
    const doing = asUsual(successRates[agent % successRates.length] ?? 0.95);
    const day = (): BehaviourOutcome[] => Array.from({ length: attemptsOfDay }, () => next(doing));
    const { behaviour } = observeBehaviour(newBehaviour, day());
    const { events } = observeBehaviour({ ...behaviour, unusual: {} }, day());
    alarms += events.filter(({ kind }) => kind === 'unusual').length;
  }
  return alarms;
}

export interface AgentFault {
  name: string;
  measure: BehaviourMeasure;
  before: number;
  doing: Doing;
}

export const agentFaults: readonly AgentFault[] = [
  { name: 'no success any more', measure: 'failures', before: 0.95, doing: asUsual(0) },
  { name: '95% → 40% success', measure: 'failures', before: 0.95, doing: asUsual(0.4) },
  { name: '95% → 70% success', measure: 'failures', before: 0.95, doing: asUsual(0.7) },
  { name: '80% → 30% success', measure: 'failures', before: 0.8, doing: asUsual(0.3) },
  { name: 'durations × 3', measure: 'duration', before: 0.95, doing: { ...asUsual(0.95), durationTimes: 3 } },
  { name: 'durations × 5', measure: 'duration', before: 0.95, doing: { ...asUsual(0.95), durationTimes: 5 } },
  { name: 'costs × 3', measure: 'cost', before: 0.95, doing: { ...asUsual(0.95), costTimes: 3 } },
  { name: 'costs × 5', measure: 'cost', before: 0.95, doing: { ...asUsual(0.95), costTimes: 5 } },
];

/** With which attempt of the fault it is found, 1 for the first; null where it is not by the last. */
export function foundWith({ measure, before, doing }: AgentFault, seed: number, attempts: number): number | null {
  const next = simulatedAgent(`fault/${seed}`);
  const past = Array.from({ length: attemptsOfDay }, () => next(asUsual(before)));
  let behaviour: AgentBehaviour = { ...observeBehaviour(newBehaviour, past).behaviour, unusual: {} };
  for (let nth = 1; nth <= attempts; nth++) {
    behaviour = observeBehaviour(behaviour, [next(doing)]).behaviour;
    if (behaviour.unusual[measure]) return nth;
  }
  return null;
}
