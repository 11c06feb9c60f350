import type { AgentRecord, CostSpread } from '../agents/agent';
import { believedDuration, durationQuantile } from '../prediction/log-normal';
import { commonVariance } from '../prediction/measured-durations';

/** In dollars. */
export interface CostEstimate {
  /** That half of the attempts cost at most. */
  p50: number;
  /** … that nine of ten cost at most. */
  p90: number;
}

/** Three, which may have faded a little, as for durations. */
const twoAndAHalf = 2.5;

/** What one attempt costs, whatever it comes to; null with fewer than three whose cost is known. To millionths of a dollar. */
export function estimatedCostUsd({ cost }: Pick<AgentRecord, 'cost'>): CostEstimate | null {
  const spread = cost?.spread;
  if (!spread || spread.free + spread.paid <= twoAndAHalf) return null;
  const [p50, p90] = [costQuantile(spread, 0.5), costQuantile(spread, 0.9)];
  return Number.isFinite(p90) ? { p50: toMicros(p50), p90: toMicros(p90) } : null;
}

/**
 * What such a share of the next attempts costs at most. Some cost nothing; the costs of the others are log-normal, with a mean and a variance of which as
 * much is known as so many can tell.
 */
function costQuantile({ free, paid, logSum, logSquareSum }: CostSpread, share: number): number {
  // What rounding leaves below nothing is nothing.
  const freeShare = Math.max(0, free) / (Math.max(0, free) + Math.max(0, paid));
  if (share <= freeShare || paid <= 0) return 0;
  const logMean = logSum / paid;
  const measured = { count: paid, logMean, logSquares: Math.max(0, logSquareSum - logSum * logMean) };
  const believed = believedDuration(measured, commonVariance([]));
  return durationQuantile(believed, (share - freeShare) / (1 - freeShare));
}

function toMicros(usd: number): number {
  return Number(usd.toFixed(6));
}
