import { microsOf, usdOf } from '../budget/amounts';
import table from './price-table.json';
import type { ReportedUsage } from './usage-reports';

/** US dollars per million tokens. */
export interface ModelPrice {
  inputUsd: number;
  outputUsd: number;
}

/** By name of the model. */
export type Prices = Readonly<Record<string, ModelPrice>>;

/** What ships with the program. */
export const shippedPrices: Prices = table.models;

const million = 1_000_000;

/** What ends the name of a dated version of a model. */
const versionSuffix = /-(\d{8}|\d{4}-\d{2}-\d{2}|latest)$/;

/** Of a model as agents name it: with its vendor before a slash, and a date behind it, or without. */
export function priceOf(model: string, prices: Prices): ModelPrice | undefined {
  const name = model.slice(model.lastIndexOf('/') + 1);
  const known = [model, name, modelName(model)].find((candidate) => Object.hasOwn(prices, candidate));
  return known === undefined ? undefined : prices[known];
}

/** The same for all that agents call it: without its vendor, and without a date. */
export function modelName(model: string): string {
  return model.slice(model.lastIndexOf('/') + 1).replace(versionSuffix, '');
}

/** What the tokens cost, to the next millionth; unknown where the model or the tokens are. Tokens that are not told apart cost what the dearer ones do. */
export function costOfTokens(
  { model, tokens, inputTokens, outputTokens }: ReportedUsage,
  prices: Prices,
): number | undefined {
  const price = model === undefined ? undefined : priceOf(model, prices);
  if (!price) return undefined;
  const { inputUsd, outputUsd } = price;
  if (inputTokens !== undefined && outputTokens !== undefined) {
    return usdOf(Math.ceil((microsOf(inputUsd) * inputTokens + microsOf(outputUsd) * outputTokens) / million));
  }
  return tokens === undefined
    ? undefined
    : usdOf(Math.ceil((microsOf(Math.max(inputUsd, outputUsd)) * tokens) / million));
}
