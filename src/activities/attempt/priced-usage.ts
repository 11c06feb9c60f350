import type { Evidence } from '../../domain/evidence';
import { costOfTokens } from '../../domain/usage/prices';
import type { Prices } from '../../domain/usage/prices';
import type { ReportedUsage } from '../../domain/usage/usage-reports';

/** What is settled of an attempt's usage; a part that is absent is unknown. */
export interface PricedUsage {
  tokens?: number;
  costUsd?: number;
}

/** Whether prices can tell a cost that the agent does not. */
export function needsPrices(usage: ReportedUsage | undefined): boolean {
  return usage?.model !== undefined && usage.costUsd === undefined && usage.tokens !== undefined;
}

/** The cost is what the agent says, else what its tokens cost. */
export function pricedUsage(
  usage: ReportedUsage | undefined,
  prices: Prices,
): { settled: PricedUsage; notes: Evidence[] } {
  if (!usage) return { settled: {}, notes: [] };
  const costUsd = usage.costUsd ?? costOfTokens(usage, prices);
  const settled = {
    ...(usage.tokens !== undefined && { tokens: usage.tokens }),
    ...(costUsd !== undefined && { costUsd }),
  };
  if (!needsPrices(usage)) return { settled, notes: [] };
  const detail =
    costUsd === undefined
      ? `no price is known of the model ${usage.model}, so its cost is unknown`
      : `${usage.tokens} tokens of the model ${usage.model} cost $${costUsd} by the price table`;
  return { settled, notes: [{ kind: 'usage', says: 'nothing', detail }] };
}
