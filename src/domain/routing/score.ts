import type { ScoreWeights } from './settings';

/** Each 0–1. */
export interface ScoreParts {
  specialisation: number;
  /** Measured and smoothed. */
  successRate: number;
  /** Attempts in flight ÷ places, before this one. */
  load: number;
  /** How often its attempts are expected to succeed that go on from the results which this one is given; absent where it is given none. */
  handover?: number;
}

/** The weighted mean of specialisation, success rate, 1 − load and, where there is any, handover: 0–1, whatever the weights add up to. */
export function scoreOf({ specialisation, successRate, load, handover }: ScoreParts, weights: ScoreWeights): number {
  const sum = weights.specialisation + weights.successRate + weights.availability;
  const parts =
    weights.specialisation * specialisation + weights.successRate * successRate + weights.availability * (1 - load);
  const { relationships = 0 } = weights;
  return handover === undefined ? parts / sum : (parts + relationships * handover) / (sum + relationships);
}

/** 0–1; an agent without places is full. */
export function loadOf(running: number, maxConcurrent: number): number {
  return maxConcurrent > 0 ? Math.min(1, Math.max(0, running) / maxConcurrent) : 1;
}

/**
 * Whether it takes one more. Its load before that counts, so an agent of 1 takes its one, and one of 4 all four (3 of 4 is below 0.8); one
 * of 5 keeps its last place free, one of 10 its last two.
 */
export function hasPlace(running: number, maxConcurrent: number, maxLoad: number): boolean {
  return running < maxConcurrent && loadOf(running, maxConcurrent) < maxLoad;
}

/** How many attempts more an agent takes one after the other, by the rule of `hasPlace`. */
export function freePlaces(running: number, maxConcurrent: number, maxLoad: number): number {
  return Math.max(0, Math.min(maxConcurrent, Math.ceil(maxLoad * maxConcurrent)) - running);
}
