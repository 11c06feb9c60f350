import type { Evidence } from '../../domain/evidence';
import type { ModelOption } from '../../domain/models/model-option';
import { costOfTokens } from '../../domain/usage/prices';
import type { Prices } from '../../domain/usage/prices';
import type { ReportedUsage } from '../../domain/usage/usage-reports';

/** What is settled of an attempt's usage; a part that is absent is unknown. */
export interface PricedUsage {
  tokens?: number;
  costUsd?: number;
  inputTokens?: number;
  outputTokens?: number;
  cachedInputTokens?: number;
}

/** What was reported, with the model that the agent was told to use where it names none. */
export function usageOf(usage: ReportedUsage | undefined, model: string | undefined): ReportedUsage | undefined {
  return usage && usage.model === undefined && model !== undefined ? { ...usage, model } : usage;
}

/** The prices of a workspace, with those that the owner of an agent states of its models before them. */
export function pricesFor(models: readonly ModelOption[], ofWorkspace: Prices): Prices {
  return {
    ...ofWorkspace,
    ...Object.fromEntries(models.flatMap(({ name, price }) => (price ? [[name, price]] : []))),
  };
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
    ...(usage.inputTokens !== undefined && { inputTokens: usage.inputTokens }),
    ...(usage.outputTokens !== undefined && { outputTokens: usage.outputTokens }),
    ...(usage.cachedInputTokens !== undefined && { cachedInputTokens: usage.cachedInputTokens }),
  };
  if (!needsPrices(usage)) return { settled, notes: [] };
  const detail =
    costUsd === undefined
      ? `no price is known of the model ${usage.model}, so its cost is unknown`
      : `${usage.tokens} tokens of the model ${usage.model} cost $${costUsd} by the price table`;
  return { settled, notes: [{ kind: 'usage', says: 'nothing', detail }] };
}
