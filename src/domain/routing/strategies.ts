import type { AgentRecord, CostRates } from '../agents/agent';
import { estimatedDurationMs, expectedCostUsd } from '../learning/measured';

/** What a strategy may look at. */
export interface StrategyView {
  cost: CostRates;
  /** Of what is asked for, as far as it is told apart. */
  record: AgentRecord;
  /** What its durations and costs are taken from, where its record of what is asked for is too short for that. */
  timing?: AgentRecord;
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

export const strategies = {
  score: () => 0,
  /** Unknown cost goes last. */
  cheapest: ({ cost, record, timing }) => expectedCostUsd(cost, timing ?? record) ?? Infinity,
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
