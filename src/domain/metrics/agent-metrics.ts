/** What attempts of a period came to: of one agent, or of all. */
export interface AgentMetrics {
  /** As the workspace names it; null for all agents together. */
  agent: string | null;
  /** Tasks and items of fan-outs that had an attempt. */
  tasks: number;
  attempts: number;
  succeeded: number;
  /** Failed, timed out or contradicted by their evidence. Attempts that were cancelled, rate-limited or lost say nothing of the agent. */
  failed: number;
  /** Of successes, in milliseconds; null where there are none. */
  durationMs: { mean: number; p50: number; p90: number; p95: number; p99: number } | null;
  /** What is known of it. */
  costUsd: number;
  /** Of one attempt, whatever it came to: what half of them cost at most, and nine of ten; null where no cost is known. */
  attemptCostUsd: { p50: number; p90: number } | null;
  tokens: number;
  /** Attempts whose cost nobody knows. */
  unknownCost: number;
  /** The mean of what people gave, 1–5; null where nobody did. */
  rating: number | null;
  /** The mean of what gates measured of successes, 0–1; null where none did. */
  quality: number | null;
  /** Of the tokens that models read, the share that came from a cache, 0–1; null where no agent told both. */
  cacheHitRate: number | null;
}

/** How a period differs from the one before; null where too little is known to say. */
export interface MetricsTrend {
  /** In points: 0.1 is ten of a hundred more successes. Null also where chance makes such a difference once in twenty times. */
  successRate: number | null;
  /** As a factor of what it was: of the median duration of successes, and of the cost of one attempt. */
  duration: number | null;
  costPerAttempt: number | null;
}

/** 0–1; null where nothing was tried. */
export function successRate({ succeeded, failed }: Pick<AgentMetrics, 'succeeded' | 'failed'>): number | null {
  return succeeded + failed === 0 ? null : succeeded / (succeeded + failed);
}

/** Fewer say nothing about the next ones. */
const fewest = 10;

/** The 97.5th percentile of the standard normal distribution. */
const z975 = 1.959963984540054;

export function trendOf(now: AgentMetrics, before: AgentMetrics | undefined): MetricsTrend {
  if (!before) return { successRate: null, duration: null, costPerAttempt: null };
  const isKnown = (of: AgentMetrics): boolean => of.attempts - of.unknownCost >= fewest && of.costUsd > 0;
  const perAttempt = (of: AgentMetrics): number => of.costUsd / (of.attempts - of.unknownCost);
  return {
    successRate: rateChange(now, before),
    duration:
      now.durationMs &&
      before.durationMs &&
      Math.min(now.succeeded, before.succeeded) >= fewest &&
      before.durationMs.p50 > 0
        ? now.durationMs.p50 / before.durationMs.p50
        : null,
    costPerAttempt: isKnown(now) && isKnown(before) ? perAttempt(now) / perAttempt(before) : null,
  };
}

/** Two proportions, tested against the one that both would have. */
function rateChange(now: AgentMetrics, before: AgentMetrics): number | null {
  const [tried, triedBefore] = [now.succeeded + now.failed, before.succeeded + before.failed];
  if (Math.min(tried, triedBefore) < fewest) return null;
  const change = now.succeeded / tried - before.succeeded / triedBefore;
  const pooled = (now.succeeded + before.succeeded) / (tried + triedBefore);
  const deviation = Math.sqrt(pooled * (1 - pooled) * (1 / tried + 1 / triedBefore));
  return deviation > 0 && Math.abs(change) >= z975 * deviation ? change : null;
}
