import type { AgentRecord } from '../agents/agent';
import { hasDurations } from '../learning/measured';
import type { SuccessPrior } from '../learning/measured';
import { outcomesIn } from '../learning/record-sums';
import type { KnownOfAttempt } from './known-of-attempt';
import { noDurations } from './measured-durations';
import { predictAttempt } from './predict-attempt';
import type { AttemptPrediction, MeasuredAttempts } from './predict-attempt';

/** What is predicted of an attempt; null where too little is known to say anything. */
export interface ExpectedAttempt {
  success: AttemptPrediction['success'] | null;
  durationMs: AttemptPrediction['durationMs'];
}

/** What a fan-out asks hundreds of times in one turn is worked out once. */
const worked = new WeakMap<KnownOfAttempt, { prior: SuccessPrior; expected: ExpectedAttempt }>();

/** What is to be expected after what is known. Rounded: an assignment keeps it. */
export function expectedAttempt(known: KnownOfAttempt, prior: SuccessPrior): ExpectedAttempt {
  const before = worked.get(known);
  if (before && before.prior.mean === prior.mean && before.prior.weight === prior.weight) return before.expected;
  const expected = isKnown(known) ? predicted(known, prior) : { success: null, durationMs: null };
  worked.set(known, { prior, expected });
  return expected;
}

/** Three outcomes, which may have faded a little. */
function isKnown({ same, byOthers, elsewhere }: KnownOfAttempt): boolean {
  return hasDurations({ succeeded: [same, byOthers, elsewhere].reduce((sum, record) => sum + outcomesIn(record), 0) });
}

function predicted({ same, byOthers, elsewhere }: KnownOfAttempt, prior: SuccessPrior): ExpectedAttempt {
  const evidence = { same: measuredIn(same), byOthers: measuredIn(byOthers), elsewhere: measuredIn(elsewhere) };
  const { success, durationMs } = predictAttempt(evidence, prior);
  const { probability, low, high, outcomes } = success;
  const rounded = { probability: round(probability, 4), low: round(low, 4), high: round(high, 4) };
  return { success: { ...rounded, outcomes: round(outcomes, 1) }, durationMs };
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
