import type { MetricsReader } from '../../contracts/ports/metrics-reader';
import type { AgentMetrics } from '../../domain/metrics/agent-metrics';

/** Of a period that is read again and again, as the share of it in which little changes: of a day five minutes, of an hour some seconds. */
const freshShare = 1 / 288;

/**
 * Reads what attempts of periods came to, for sweeps that ask for the same periods up to now each time: a long one is not read anew by each of them, and one that
 * several rules are about is read once. A reading that failed is repeated by the next who asks.
 */
export function recentMetrics(metrics: Pick<MetricsReader, 'of'>): Pick<MetricsReader, 'of'> {
  const known = new Map<string, { to: number; freshMs: number; reading: Promise<AgentMetrics[]> }>();
  return {
    of: (workspace, period, agent) => {
      const { from, to } = period;
      for (const [key, old] of known) if (Math.abs(to - old.to) >= Math.max(old.freshMs, 1)) known.delete(key);
      const key = JSON.stringify([workspace, agent, to - from]);
      const fresh = known.get(key);
      if (fresh) return fresh.reading;
      const reading = metrics.of(workspace, period, agent);
      known.set(key, { to, freshMs: (to - from) * freshShare, reading });
      reading.catch(() => known.delete(key));
      return reading;
    },
  };
}
