import type { CostRates } from '../agents/agent';
import { microsOf } from './amounts';
import type { Amounts } from './amounts';

const hourMs = 3_600_000;

/** What is known of an attempt before it runs. */
export interface AttemptPrice {
  /** The most that one attempt may use, as the task says. */
  reserve: Amounts;
  /** Of one attempt. */
  timeoutMs: number;
}

/**
 * The most that an attempt can use: what its task says, else what its agent costs in the time it may take. A part of the rates that is
 * absent is unknown, and then so is the cost. Of time it is the timeout.
 */
export function worstCase({ reserve, timeoutMs }: AttemptPrice, rates: CostRates | undefined): Amounts {
  const costMicros = reserve.costMicros ?? worstCostMicros(rates, timeoutMs);
  return { ...reserve, ...(costMicros !== undefined && { costMicros }), attempts: 1, timeMs: timeoutMs };
}

function worstCostMicros(rates: CostRates | undefined, timeoutMs: number): number | undefined {
  if (rates?.perAttemptUsd === undefined || rates.perHourUsd === undefined) return undefined;
  return microsOf(rates.perAttemptUsd) + Math.ceil((microsOf(rates.perHourUsd) * timeoutMs) / hourMs);
}
