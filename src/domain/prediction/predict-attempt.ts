import { hasDurations } from '../learning/measured';
import type { SuccessPrior } from '../learning/measured';
import { betaMean, betaQuantile } from './beta-distribution';
import { believedDuration, durationQuantile } from './log-normal';
import type { MeasuredDurations } from './measured-durations';
import { commonVariance } from './measured-durations';

/** What became of attempts: how long those took that succeeded, and how many failed. */
export interface MeasuredAttempts {
  durations: MeasuredDurations;
  failed: number;
}

/** What an attempt is predicted from. No attempt is in two of them. */
export interface AttemptEvidence {
  /** Of the same task by the same agent. */
  same: MeasuredAttempts;
  /** Of the same task by others. */
  byOthers: MeasuredAttempts;
  /** Of other tasks by the same agent. */
  elsewhere: MeasuredAttempts;
}

export interface AttemptPrediction {
  success: {
    /** 0–1. */
    probability: number;
    /** In nine of ten cases the true probability lies between these. */
    low: number;
    high: number;
    /** How many outcomes were looked at, of all three kinds. */
    outcomes: number;
  };
  /** Null where too little is measured. */
  durationMs: {
    p50: number;
    p90: number;
    /** Which attempts were measured. */
    basis: PredictionBasis;
  } | null;
}

export type PredictionBasis = 'same-task-and-agent' | 'same-task' | 'same-agent';

/** How much experience that is not quite the same counts, all of it together, beside that which is: in outcomes. */
const borrowedWeight = 4;
/** How many outcomes of each kind of it are looked at; of more, the share is the same. */
const borrowedOutcomes = 20;
/** What the interval leaves out on each side. */
const outside = 0.05;

/**
 * What is to be expected of an attempt. Success: a Beta distribution. Its mean comes from the workspace's prior, from what the agent did elsewhere and from
 * what others came to at the task, by how many outcomes there are; all that counts as 4 outcomes. The outcomes of just this task by just this agent
 * count in full.
 */
export function predictAttempt(evidence: AttemptEvidence, prior: SuccessPrior): AttemptPrediction {
  const { same, byOthers, elsewhere } = evidence;
  const mean = borrowedMean([byOthers, elsewhere], prior);
  const success = {
    a: borrowedWeight * mean + same.durations.count,
    b: borrowedWeight * (1 - mean) + same.failed,
  };
  return {
    success: {
      probability: betaMean(success),
      low: betaQuantile(success, outside),
      high: betaQuantile(success, 1 - outside),
      outcomes: [same, byOthers, elsewhere].reduce((sum, { durations, failed }) => sum + durations.count + failed, 0),
    },
    durationMs: predictDuration(evidence),
  };
}

/** Strictly between 0 and 1, as a Beta distribution needs it. */
function borrowedMean(borrowed: readonly MeasuredAttempts[], { mean, weight }: SuccessPrior): number {
  let succeeded = mean * weight + leastBelief;
  let outcomes = weight + 2 * leastBelief;
  for (const { durations, failed } of borrowed) {
    const all = durations.count + failed;
    const scale = all > borrowedOutcomes ? borrowedOutcomes / all : 1;
    succeeded += durations.count * scale;
    outcomes += all * scale;
  }
  return succeeded / outcomes;
}

/** A prior may say 0 or 1, or nothing at all. */
const leastBelief = 0.01;

function predictDuration({ same, byOthers, elsewhere }: AttemptEvidence): AttemptPrediction['durationMs'] {
  const bases: [PredictionBasis, MeasuredDurations][] = [
    ['same-task-and-agent', same.durations],
    ['same-task', together(same.durations, byOthers.durations)],
    ['same-agent', together(same.durations, elsewhere.durations)],
  ];
  const found = bases.find(([, { count }]) => hasDurations({ succeeded: count }));
  if (!found) return null;
  const [basis, durations] = found;
  // Not with the durations themselves: they would count twice.
  const believed = believedDuration(durations, commonVariance([]));
  const at = (share: number): number => Math.round(durationQuantile(believed, share));
  return { p50: at(0.5), p90: at(0.9), basis };
}

/** The measurements of both. */
function together(left: MeasuredDurations, right: MeasuredDurations): MeasuredDurations {
  const count = left.count + right.count;
  if (count === 0) return left;
  const logMean = (left.count * left.logMean + right.count * right.logMean) / count;
  const between = left.count * (left.logMean - logMean) ** 2 + right.count * (right.logMean - logMean) ** 2;
  return { count, logMean, logSquares: left.logSquares + right.logSquares + between };
}
