import type { AgentRecord } from '../agents/agent';
import { studentQuantile } from '../prediction/beta-distribution';

/** What 20 fresh successes weigh: each takes a fiftieth of the weight of those before it. */
const fewestSuccesses = 16;

/**
 * What such a share of successes stays within, in milliseconds; undefined where too few are known. Durations are log-normal, with a mean and a
 * variance of which as much is known as so many successes can tell.
 */
export function upperDurationMs(
  { succeeded: n, logDurationSum, logDurationSquareSum }: AgentRecord,
  share: number,
): number | undefined {
  if (n < fewestSuccesses) return undefined;
  const mean = logDurationSum / n;
  // Rounding can make the difference of equal sums negative.
  const variance = Math.max(0, (logDurationSquareSum - logDurationSum * mean) / (n - 1));
  const upper = Math.exp(mean + studentQuantile(n - 1, share) * Math.sqrt(variance * (1 + 1 / n)));
  return Number.isFinite(upper) ? Math.round(upper) : undefined;
}
