import { drawBeta, drawNormal } from '../random-variates';
import type { RegisteredPlaces, TaskEvidence } from './evidence';
import { believedDuration, drawLogNormal } from './log-normal';
import type { DurationBelief, LogNormal } from './log-normal';
import type { BetaDistribution } from './beta-distribution';
import { commonVariance, fewestSamples } from './measured-durations';
import { normalTail } from './normal-tail';

/** What is believed of a task before it runs. */
export interface TaskBelief {
  success: DurationBelief;
  failure: DurationBelief;
  succeeds: BetaDistribution;
  /** The share of sessions in which its condition holds. */
  holds: number;
  /** Of a fan-out: how many items, where they were not always as many. */
  items?: { always: number } | { varying: DurationBelief };
}

/** What one simulated session takes for true of a task: all its items and retries share it. */
export interface PossibleTask {
  success: LogNormal;
  failure: LogNormal;
  /** 0–1. */
  succeeds: number;
}

/** How much the plan's success rate says about one task of it, in outcomes. */
const commonSuccessWeight = 5;
/** What is believed of plans beforehand: four of five attempts succeed, worth five outcomes. */
const anySuccess = { mean: 0.8, weight: 5 };

export function believedTasks(evidence: readonly TaskEvidence[]): TaskBelief[] {
  const measured = evidence.filter(({ durations }) => durations.count >= fewestSamples);
  const variance = commonVariance(measured.map(({ durations }) => durations));
  const unknown = unknownTask(measured, variance);
  const succeeded = evidence.reduce((sum, { durations }) => sum + durations.count, 0);
  const failed = evidence.reduce((sum, { failures }) => sum + failures.count, 0);
  const { mean, weight } = anySuccess;
  const rate = (mean * weight + succeeded) / (weight + succeeded + failed);
  return evidence.map(({ durations, failures, conditions, items }) => {
    const success = durations.count >= fewestSamples ? believedDuration(durations, variance) : unknown;
    const { held, failed: skipped } = conditions ?? { held: 0, failed: 0 };
    return {
      success,
      failure: failures.count >= fewestSamples ? believedDuration(failures, variance) : success,
      succeeds: {
        a: commonSuccessWeight * rate + durations.count,
        b: commonSuccessWeight * (1 - rate) + failures.count,
      },
      // The mean of what may be true after the sessions (a uniform prior).
      holds: (held + 1) / (held + skipped + 2),
      ...(items && items.length > 0 && { items: believedItems(items) }),
    };
  });
}

/** How long attempts of other sessions take the agents that are shared with them; of whom too little is measured, as long as any task of the session. */
export function believedOthers(
  agents: readonly RegisteredPlaces[],
  evidence: readonly TaskEvidence[],
): DurationBelief[] {
  const measured = evidence.filter(({ durations }) => durations.count >= fewestSamples);
  const variance = commonVariance(measured.map(({ durations }) => durations));
  return agents.map(({ durations }) =>
    durations && durations.count >= fewestSamples
      ? believedDuration(durations, variance)
      : unknownTask(measured, variance),
  );
}

/** Of a task that was hardly ever done: it may take as long as any other. */
function unknownTask(measured: readonly TaskEvidence[], variance: number): DurationBelief {
  const means = measured.map(({ durations }) => durations.logMean);
  const mean = means.reduce((sum, one) => sum + one, 0) / Math.max(1, means.length);
  const between = means.reduce((sum, one) => sum + (one - mean) ** 2, 0) / Math.max(1, means.length - 1);
  return { mean, count: Math.max(1, means.length), variance: variance + between, degrees: Math.max(3, means.length) };
}

function believedItems(counts: readonly number[]): NonNullable<TaskBelief['items']> {
  const [first = 0] = counts;
  if (counts.every((count) => count === first)) return { always: first };
  // Above zero, so that an empty list has a logarithm.
  const logs = counts.map((count) => Math.log(count + 1));
  const logMean = logs.reduce((sum, log) => sum + log, 0) / logs.length;
  const logSquares = logs.reduce((sum, log) => sum + (log - logMean) ** 2, 0);
  return { varying: believedDuration({ count: counts.length, logMean, logSquares }, logSquares / (counts.length - 1)) };
}

/** Candidates among which one is chosen that fits how long attempts have been running already. */
const candidates = 8;

/** Draws what may be true of a task; `elapsedMs`: of its attempts in flight, none of which has ended yet. */
export function drawTask(belief: TaskBelief, elapsedMs: readonly number[], random: () => number): PossibleTask {
  const { a, b } = belief.succeeds;
  const success = fittingLogNormal(belief.success, elapsedMs, random);
  return {
    success,
    failure: belief.failure === belief.success ? success : drawLogNormal(belief.failure, random),
    succeeds: drawBeta(random, a, b),
  };
}

/** Sampling, importance, resampling: what makes it likely that the attempts are still in flight is more likely true. */
export function fittingLogNormal(
  belief: DurationBelief,
  elapsedMs: readonly number[],
  random: () => number,
): LogNormal {
  const waited = elapsedMs.filter((ms) => ms > 1);
  if (waited.length === 0) return drawLogNormal(belief, random);
  const drawn = Array.from({ length: candidates }, () => drawLogNormal(belief, random));
  const logWeights = drawn.map(({ mu, sigma }) =>
    waited.reduce((sum, ms) => sum + Math.log(Math.max(1e-300, normalTail((Math.log(ms) - mu) / sigma))), 0),
  );
  const most = Math.max(...logWeights);
  const weights = logWeights.map((weight) => Math.exp(weight - most));
  let left = random() * weights.reduce((sum, weight) => sum + weight, 0);
  return drawn.find((_, at) => (left -= weights[at] ?? 0) < 0) ?? drawLogNormal(belief, random);
}

export function drawItems(items: NonNullable<TaskBelief['items']>, random: () => number): number {
  if ('always' in items) return items.always;
  const { mu, sigma } = drawLogNormal(items.varying, random);
  return Math.max(0, Math.round(Math.exp(mu + sigma * drawNormal(random)) - 1));
}
