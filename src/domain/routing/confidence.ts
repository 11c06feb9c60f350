import { outcomesIn } from '../learning/record-sums';
import type { EvaluatedCandidate } from './evaluate';

/** A lead in score that is as good as any larger one. */
const clearMargin = 0.2;

/** Outcomes that make half of the trust that outcomes can make. */
const halfTrustOutcomes = 5;

/**
 * 0–1, half from each: how clear the lead is (margin in score to the runner-up ÷ 0.2, at most 1, 0 when the runner-up scores higher, 1 when there is
 * none), and how well the chosen agent is known (n ÷ (n + 5) after n outcomes).
 */
export function confidenceOf(chosen: EvaluatedCandidate, runnerUp: EvaluatedCandidate | undefined): number {
  const margin = runnerUp ? chosen.score - runnerUp.score : clearMargin;
  const lead = Math.min(1, Math.max(0, margin / clearMargin));
  const outcomes = outcomesIn(chosen.inputs.record);
  return (lead + outcomes / (outcomes + halfTrustOutcomes)) / 2;
}
