import { expectedCostUsd } from '../learning/measured';
import { modelName, priceOf, shippedPrices } from '../usage/prices';
import { blendedPrice } from './blended-price';
import type { KnownModels } from './model-candidates';
import type { ModelOption } from './model-option';

/** What one of the models of an agent is expected to cost. What is absent nobody knows. Plain JSON. */
export interface ModelCost {
  name: string;
  /** An attempt. */
  usd?: number;
  /** A million tokens: what its owner states, or else what ships with the program. */
  perMillionUsd?: number;
}

/**
 * What each model costs an attempt: what the agent's attempts with it did cost, or those of other agents of the workspace. Before there are any, its price,
 * times the tokens that attempts with models of which price and cost are known must have taken.
 */
export function modelCosts(options: readonly ModelOption[], known: KnownModels): ModelCost[] {
  const stated = new Map(options.flatMap(({ name, price }) => (price ? [[modelName(name), price] as const] : [])));
  const perMillionOf = (name: string): number | undefined => {
    const price = stated.get(modelName(name)) ?? priceOf(name, shippedPrices);
    return price && blendedPrice(price);
  };
  const usdPerPrice = yardstick(known, perMillionOf);
  return options.map(({ name }) => {
    const key = modelName(name);
    const perMillionUsd = perMillionOf(name);
    const scaled = usdPerPrice !== undefined && perMillionUsd !== undefined ? usdPerPrice * perMillionUsd : undefined;
    const measured = [known.modelRecords?.get(key)?.record, known.ofModels?.get(key)]
      .map((record) => (record ? expectedCostUsd({}, record) : null))
      .find((usd) => usd !== null);
    const usd = measured ?? scaled;
    return { name, ...(usd !== undefined && { usd }), ...(perMillionUsd !== undefined && { perMillionUsd }) };
  });
}

/** Dollars of an attempt for each dollar of price, over all models of which both are known: in millions, the tokens of an attempt. */
function yardstick(
  { ofModels = new Map() }: KnownModels,
  perMillionOf: (name: string) => number | undefined,
): number | undefined {
  let [spent, expected] = [0, 0];
  for (const [name, record] of ofModels) {
    const price = perMillionOf(name);
    if (expectedCostUsd({}, record) === null || !record.cost || price === undefined) continue;
    spent += record.cost.sumUsd;
    expected += record.cost.count * price;
  }
  return expected > 0 ? spent / expected : undefined;
}
