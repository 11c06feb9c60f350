import type { AgentRecord } from '../agents/agent';
import { estimatedCostUsd } from '../learning/cost-estimate';
import type { CostEstimate } from '../learning/cost-estimate';
import { hasDurations } from '../learning/measured';
import type { SuccessPrior } from '../learning/measured';
import { outcomesIn, together } from '../learning/record-sums';
import type { KnownOfAttempt } from './known-of-attempt';
import { noDurations } from './measured-durations';
import { predictAttempt } from './predict-attempt';
import type { AttemptPrediction, MeasuredAttempts, PredictionBasis } from './predict-attempt';

/** What is predicted of an attempt; null where too little is known to say anything. */
export interface ExpectedAttempt {
  success: AttemptPrediction['success'] | null;
  durationMs: AttemptPrediction['durationMs'];
  /** Of what it costs, whatever it comes to, in dollars. Absent in what was stored before it was predicted. */
  costUsd?: (CostEstimate & { basis: PredictionBasis }) | null;
}

/** What a fan-out asks hundreds of times in one turn is worked out once. */
const worked = new WeakMap<KnownOfAttempt, { prior: SuccessPrior; expected: ExpectedAttempt }>();

/** What is to be expected after what is known. Rounded: an assignment keeps it. */
export function expectedAttempt(known: KnownOfAttempt, prior: SuccessPrior): ExpectedAttempt {
  const before = worked.get(known);
  if (before && before.prior.mean === prior.mean && before.prior.weight === prior.weight) return before.expected;
  const expected = isKnown(known) ? predicted(known, prior) : { success: null, durationMs: null, costUsd: null };
  worked.set(known, { prior, expected });
  return expected;
}

/** Three outcomes, which may have faded a little. */
function isKnown({ same, byOthers, elsewhere }: KnownOfAttempt): boolean {
  return hasDurations({ succeeded: [same, byOthers, elsewhere].reduce((sum, record) => sum + outcomesIn(record), 0) });
}

function predicted(known: KnownOfAttempt, prior: SuccessPrior): ExpectedAttempt {
  const { same, byOthers, elsewhere } = known;
  const evidence = { same: measuredIn(same), byOthers: measuredIn(byOthers), elsewhere: measuredIn(elsewhere) };
  const { success, durationMs } = predictAttempt(evidence, prior);
  const { probability, low, high, outcomes } = success;
  const rounded = { probability: round(probability, 4), low: round(low, 4), high: round(high, 4) };
  return { success: { ...rounded, outcomes: round(outcomes, 1) }, durationMs, costUsd: predictedCost(known) };
}

/** What an agent does elsewhere says more of its prices than what others take for the same. */
function predictedCost({ same, byOthers, elsewhere }: KnownOfAttempt): NonNullable<ExpectedAttempt['costUsd']> | null {
  const bases: [PredictionBasis, AgentRecord][] = [
    ['same-task-and-agent', same],
    ['same-agent', together(same, elsewhere)],
    ['same-task', together(same, byOthers)],
  ];
  for (const [basis, record] of bases) {
    const estimate = estimatedCostUsd(record);
    if (estimate) return { ...estimate, basis };
  }
  return null;
}

function measuredIn({ succeeded, failed, logDurationSum, logDurationSquareSum }: AgentRecord): MeasuredAttempts {
  if (succeeded <= 0) return { durations: noDurations, failed };
  const logMean = logDurationSum / succeeded;
  // Rounding can make the difference of equal sums negative.
  const logSquares = Math.max(0, logDurationSquareSum - logDurationSum * logMean);
  return { durations: { count: succeeded, logMean, logSquares }, failed };
}

function round(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}
