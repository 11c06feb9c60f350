import type { AgentRecord, CostRates } from '../agents/agent';

/** What is believed of an agent before anything is measured: a mean, worth as much as `weight` outcomes (a Beta distribution). */
export interface SuccessPrior {
  /** 0–1. */
  mean: number;
  weight: number;
}

export interface DurationEstimate {
  /** Milliseconds that half of the attempts stay within. */
  p50: number;
  /** … that nine of ten stay within. */
  p90: number;
}

/** Two durations always lie on a line, and one attempt may be cheap by luck: it takes three, which may have faded a little. */
const twoAndAHalf = 2.5;

/** The 90th percentile of the standard normal distribution. */
const z90 = 1.2815515655446004;

const hourMs = 3_600_000;

/** The mean of the Beta distribution after the outcomes: (mean · weight + succeeded) / (weight + succeeded + failed). */
export function smoothedSuccessRate({ succeeded, failed }: AgentRecord, { mean, weight }: SuccessPrior): number {
  const measured = weight + succeeded + failed;
  return measured > 0 ? (mean * weight + succeeded) / measured : mean;
}

/** Durations of successes, taken as log-normal; null with fewer than three, faded a little at most. */
export function estimatedDurationMs(record: AgentRecord): DurationEstimate | null {
  const fit = logNormalFit(record);
  if (!fit) return null;
  const [p50, p90] = [Math.exp(fit.mu), Math.exp(fit.mu + z90 * fit.sigma)];
  return Number.isFinite(p90) ? { p50: Math.round(p50), p90: Math.round(p90) } : null;
}

/**
 * The cost of one attempt: the mean of what attempts did cost, once three are known; before that the parts that the owner states, null where none
 * is stated, or where time costs and nobody knows how long it takes. Time counts with its mean, exp(mu + sigma²/2), which rare long attempts make
 * larger than the median: money adds up.
 */
export function expectedCostUsd({ perAttemptUsd, perHourUsd }: CostRates, record: AgentRecord): number | null {
  if (record.cost && record.cost.count > twoAndAHalf) return record.cost.sumUsd / record.cost.count;
  if (perHourUsd === undefined) return perAttemptUsd ?? null;
  const fit = logNormalFit(record);
  if (!fit) return null;
  const cost = (perAttemptUsd ?? 0) + (perHourUsd * Math.exp(fit.mu + fit.sigma ** 2 / 2)) / hourMs;
  return Number.isFinite(cost) ? cost : null;
}

/** Whether durations can be estimated. */
export function hasDurations({ succeeded }: Pick<AgentRecord, 'succeeded'>): boolean {
  return succeeded > twoAndAHalf;
}

function logNormalFit(record: AgentRecord) {
  if (!hasDurations(record)) return null;
  const { succeeded, logDurationSum, logDurationSquareSum } = record;
  const mu = logDurationSum / succeeded;
  // Rounding can make the difference of equal sums negative.
  const variance = Math.max(0, (logDurationSquareSum - logDurationSum * mu) / (succeeded - 1));
  return { mu, sigma: Math.sqrt(variance) };
}
