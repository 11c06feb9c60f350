import type { AgentRecord, CostRates } from '../agents/agent';
import { expectedCostUsd } from '../learning/measured';
import type { ModelCost } from './model-costs';

/** What the cost of an attempt by an agent follows from. */
export interface CostView {
  cost: CostRates;
  /** Of what is asked for, as far as it is told apart. */
  record: AgentRecord;
  /** What its durations and costs are taken from, where its record of what is asked for is too short for that. */
  timing?: AgentRecord;
  /** Of the models that it can be told to use. */
  modelCosts?: readonly ModelCost[];
}

/**
 * What an attempt is expected to cost: what those of the agent did, then what its owner states, then what the model costs that it is told to use, which
 * is its cheapest unless it is known. Null where nobody knows.
 */
export function attemptCostUsd(
  { cost, record, timing = record, modelCosts = [] }: CostView,
  model?: string,
): number | null {
  const known = expectedCostUsd(cost, timing);
  if (known !== null) return known;
  const costs = modelCosts.flatMap(({ name, usd }) => (usd === undefined || (model ?? name) !== name ? [] : [usd]));
  return costs.length > 0 ? Math.min(...costs) : null;
}

/** A million tokens of its cheapest model; null where nobody knows. */
export function tokenPriceUsd({ modelCosts = [] }: Pick<CostView, 'modelCosts'>): number | null {
  const prices = modelCosts.flatMap(({ perMillionUsd }) => perMillionUsd ?? []);
  return prices.length > 0 ? Math.min(...prices) : null;
}
