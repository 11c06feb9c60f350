import { chanceOfFailures } from '../chances';
import type { Tally } from '../chances';
import { median } from '../robust';
import type { AgentBehaviour, BehaviourMeasure, Excess, RecentOutcome, ValueMeasure } from './behaviour';

/**
 * Of what has happened, for an agent that goes on as before: less likely is evidence. At most `looks.length` tests of three measures are made for an
 * outcome, so that chance makes evidence of one in half a million outcomes at most.
 */
export const surprising = 4e-7;

/** So many of the latest outcomes are looked at together: a few show what is grave soon, many show what is slight. */
export const looks = [5, 10, 20, 40, 80] as const;
/** Fewer in the past are nothing to compare with. */
const fewestOutcomes = 30;
export const fewestValues = 20;
/** What nine of ten values do not pass. */
const usualShare = 0.9;
/** What is exceeded by less is of no account, however unusual: in medians, and in the unit of the measure. */
const leastTimes = 1.5;
const leastBy: Record<ValueMeasure, number> = { duration: 500, cost: 0.001 };

/** How the value lies in those before; null where they are too few. */
export function excessOf(value: number | null, before: readonly number[]): Excess | null {
  if (value === null || before.length < fewestValues) return null;
  const sorted = before.toSorted((left, right) => left - right);
  const limit = sorted[placeOfLimit(before.length) - 1] ?? Infinity;
  const usual = median(sorted);
  return {
    isOver: value > limit,
    of: before.length,
    times: value / Math.max(usual, Number.EPSILON),
    by: value - usual,
  };
}

const placeOfLimit = (count: number): number => Math.ceil(usualShare * count);

/** Whether the outcome is of the kind that evidence is made of; undefined where the measure says nothing of it. */
export function isBad(outcome: RecentOutcome, measure: BehaviourMeasure): boolean | undefined {
  return measure === 'failures' ? outcome.failed : outcome[measure]?.isOver;
}

/** How likely so many of these are bad, for an agent that goes on as before. Undefined where it has too short a past. */
export function chanceOf(
  outcomes: readonly RecentOutcome[],
  measure: BehaviourMeasure,
  past: Tally,
): number | undefined {
  const before = measure === 'failures' ? knownOutcomes(past) : knownValues(outcomes, measure);
  if (!before) return undefined;
  return chanceOfFailures(outcomes.filter((one) => isBad(one, measure)).length, outcomes.length, before);
}

function knownOutcomes(past: Tally): Tally | undefined {
  return past.succeeded + past.failed < fewestOutcomes ? undefined : past;
}

/**
 * How many of the next values pass the nth smallest of those before does not depend on how they are distributed: it is beta-binomial, and this is its tally
 * once half an outcome of each kind is added. The task with the shortest past decides: it leaves the most room for chance.
 */
function knownValues(outcomes: readonly RecentOutcome[], measure: ValueMeasure): Tally {
  const count = Math.min(...outcomes.map((one) => one[measure]?.of ?? Infinity));
  const place = placeOfLimit(count);
  return { succeeded: place - 0.5, failed: count - place + 0.5 };
}

/** What speaks against the agent, in words that follow its name; undefined where nothing does. */
export function evidenceOf({ recent, past }: AgentBehaviour, measure: BehaviourMeasure): string | undefined {
  const known = recent.filter((one) => isBad(one, measure) !== undefined);
  const latest = known.at(-1);
  if (!latest || isBad(latest, measure) !== true) return undefined;
  for (const size of looks) {
    if (size > known.length) return undefined;
    const window = known.slice(-size);
    const chance = chanceOf(window, measure, past);
    if (chance !== undefined && chance < surprising && matters(window, measure)) return words(window, measure, past);
  }
  return undefined;
}

function matters(window: readonly RecentOutcome[], measure: BehaviourMeasure): boolean {
  if (measure === 'failures') return true;
  return middle(window, measure, 'times') >= leastTimes && middle(window, measure, 'by') >= leastBy[measure];
}

function middle(window: readonly RecentOutcome[], measure: ValueMeasure, key: 'times' | 'by'): number {
  return median(window.map((one) => one[measure]?.[key] ?? 0));
}

function words(window: readonly RecentOutcome[], measure: BehaviourMeasure, { succeeded, failed }: Tally): string {
  if (measure === 'failures') {
    const bad = window.filter((one) => one.failed).length;
    return `fails more than it did: ${bad} of its latest ${window.length} attempts, ${Math.round((100 * failed) / (succeeded + failed))}% of those before`;
  }
  const times = Number(middle(window, measure, 'times').toPrecision(2));
  const [verb, much] = measure === 'duration' ? ['takes longer', 'long'] : ['costs more', 'much'];
  return `${verb} than it did: ${times} times as ${much} as the same tasks before, in its latest ${window.length} successes`;
}
