import type { AgentRecord } from '../agents/agent';
import { outcomesIn, without } from './record-sums';

/** Fewer outcomes, recent or earlier, are not compared. */
const fewestCompared = 5;

/** Standard errors of a trend: 5 in 100 that rise or fall do so by luck, at most. */
const trendDeviations = 1.96;

/**
 * How many standard errors the success rate of the recent outcomes is above (or below) that of the earlier ones, 0 where one or the other are too
 * few: the test of two proportions. The rate of the earlier ones is taken as (s + 1) ÷ (n + 2), so that outcomes which were all alike can be
 * compared. Weights that fade count as outcomes, although they come of more: so the test errs on the side of no change.
 */
export function deviationOf({ record, recent }: { record: AgentRecord; recent: AgentRecord }): number {
  const succeeded = Math.max(0, record.succeeded - recent.succeeded);
  const earlier = succeeded + Math.max(0, record.failed - recent.failed);
  const latest = outcomesIn(recent);
  if (latest < fewestCompared || earlier < fewestCompared) return 0;
  const rate = (succeeded + 1) / (earlier + 2);
  return (recent.succeeded / latest - rate) / Math.sqrt(rate * (1 - rate) * (1 / latest + 1 / earlier));
}

/** Success rates, 0–1, of an agent that succeeds less often lately than before. */
export interface Decline {
  before: number;
  lately: number;
}

/** Undefined where it does not. */
export function declineOf(learned: { record: AgentRecord; recent: AgentRecord }): Decline | undefined {
  if (trendOf(learned) !== 'falling') return undefined;
  const { record, recent } = learned;
  const earlier = without(record, recent);
  return { before: earlier.succeeded / outcomesIn(earlier), lately: recent.succeeded / outcomesIn(recent) };
}

export type Trend = 'rising' | 'falling' | 'steady';

/** Whether it succeeds more often lately than before, or less. */
export function trendOf(learned: { record: AgentRecord; recent: AgentRecord }): Trend {
  const deviation = deviationOf(learned);
  if (Math.abs(deviation) <= trendDeviations) return 'steady';
  return deviation > 0 ? 'rising' : 'falling';
}
