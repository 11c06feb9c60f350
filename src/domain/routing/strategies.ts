import { estimatedDurationMs } from '../learning/measured';
import { attemptCostUsd, tokenPriceUsd } from '../models/attempt-cost';
import type { CostView } from '../models/attempt-cost';

/** What a strategy may look at. */
export interface StrategyView extends CostView {
  /** Attempts that the agent was given before in the same batch. */
  given: number;
  /** Its place among those that meet the requirement, in the order of names. */
  position: number;
}

/** Those that meet the requirement, and how many assignments came before. */
export interface Turn {
  members: number;
  counter: number;
}

/**
 * A number for each agent: the lowest goes first, and the score decides between equals. It must not fall when the agent is given more:
 * the batch relies on it to find the best again without looking at all.
 */
export type Strategy = (view: StrategyView, turn: Turn) => number;

/** More than any attempt may cost. */
const dearestUsd = 1_000_000_000;

export const strategies = {
  score: () => 0,
  /** Of whom only the price of tokens is known comes after those of whom the cost of an attempt is; unknown cost goes last. */
  cheapest: (view) => attemptCostUsd(view) ?? dearestUsd + (tokenPriceUsd(view) ?? Infinity),
  /** By the median; unknown duration goes last. */
  fastest: ({ record, timing }) => estimatedDurationMs(timing ?? record)?.p50 ?? Infinity,
  /** Round the circle of names from the counter on; in a batch each gets one before any gets two. */
  round_robin: ({ given, position }, { members, counter }) =>
    given * members + ((((position - counter) % members) + members) % members),
} satisfies Record<string, Strategy>;

export type StrategyName = keyof typeof strategies;

export function strategyOf(name: StrategyName): Strategy {
  return strategies[name];
}
