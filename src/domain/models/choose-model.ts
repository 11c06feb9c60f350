import type { AgentRecord } from '../agents/agent';
import { drawSuccessRate } from '../learning/explore';
import { smoothedSuccessRate } from '../learning/measured';
import type { SuccessPrior } from '../learning/measured';
import { betaShareBelow } from '../prediction/beta-distribution';

/** A model, with what is known of it in such tasks. Plain JSON. */
export interface ModelCandidate {
  name: string;
  record: AgentRecord;
  /** What is expected of it by what else is known; absent: by the settings alone. */
  prior?: SuccessPrior;
  /** In the unit of all of them; null where nobody knows. */
  cost: number | null;
}

/** All that the choice is made from. */
export interface ModelInputs {
  /** In the order in which the owner of the agent names them, which decides between equal costs. */
  candidates: ModelCandidate[];
  /** What costs are of: an attempt in US dollars, or, where no attempt was measured, a million tokens. */
  costsAre: 'measured' | 'prices';
  /** The share of attempts that must succeed, 0–1. */
  atLeast: number;
  /** How sure that must be, 0–1. */
  confidence: number;
}

export interface ModelChoice {
  name: string;
  /** `meets`: the cheapest that meets the floor. `tried`: to learn whether it does. `best`: none is known to meet it. */
  reason: 'meets' | 'tried' | 'best';
  /** 0–1: the mean of what is believed. */
  successRate: number;
  /** 0–1: how sure it is that it succeeds often enough. */
  certainty: number;
  cost: number | null;
  /** Of what it would be without a try. */
  insteadOf?: string;
}

interface Judged {
  candidate: ModelCandidate;
  prior: SuccessPrior;
  successRate: number;
  certainty: number;
}

/**
 * The cheapest model that is known to succeed often enough. An attempt that may explore takes a cheaper one that may well do so too, never a dearer one; where
 * none is known to do so, it goes to the one that succeeds most often. Throws a RangeError where there is no model.
 */
export function chooseModel(
  { candidates, atLeast, confidence }: ModelInputs,
  expected: SuccessPrior,
  draw?: string,
): ModelChoice {
  const judged = candidates
    .map((candidate) => judge(candidate, expected, atLeast))
    // The order is kept among equals.
    .sort((one, other) => compareCosts(one.candidate.cost, other.candidate.cost));
  const cheapest = judged.findIndex(({ certainty }) => certainty >= confidence);
  const usual = judged[cheapest] ?? mostSuccessful(judged);
  const tried = draw === undefined ? undefined : modelToTry(judged, { cheapest, atLeast, draw });
  if (tried && tried !== usual) return { ...choiceOf(tried), reason: 'tried', insteadOf: usual.candidate.name };
  return { ...choiceOf(usual), reason: cheapest >= 0 ? 'meets' : 'best' };
}

/** The cheapest that, by what is drawn, succeeds often enough; among those that are cheaper than one which is known to. */
function modelToTry(
  judged: readonly Judged[],
  { cheapest, atLeast, draw }: { cheapest: number; atLeast: number; draw: string },
): Judged | undefined {
  const open = cheapest < 0 ? judged : judged.slice(0, cheapest);
  // Compared with one number and not with each other: drawn as wide as what is believed.
  return open.find(
    ({ candidate, prior }) =>
      drawSuccessRate(candidate.record, prior, JSON.stringify([draw, candidate.name]), 1) >= atLeast,
  );
}

/** Of equals the cheaper one. */
function mostSuccessful(judged: readonly Judged[]): Judged {
  const [first, ...others] = judged;
  if (!first) throw new RangeError('a choice needs a model');
  return others.reduce((best, one) => (one.successRate > best.successRate ? one : best), first);
}

function judge(candidate: ModelCandidate, expected: SuccessPrior, atLeast: number): Judged {
  const { record, prior = expected } = candidate;
  const a = prior.mean * prior.weight + record.succeeded;
  const b = (1 - prior.mean) * prior.weight + record.failed;
  const successRate = smoothedSuccessRate(record, prior);
  // Without any doubt it is one number.
  const certainty = a > 0 && b > 0 ? 1 - betaShareBelow({ a, b }, atLeast) : successRate >= atLeast ? 1 : 0;
  return { candidate, prior, successRate, certainty };
}

function choiceOf({ candidate: { name, cost }, successRate, certainty }: Judged): Omit<ModelChoice, 'reason'> {
  return { name, successRate, certainty, cost };
}

/** Unknown goes last. */
function compareCosts(one: number | null, other: number | null): number {
  if (one === other) return 0;
  if (one === null || other === null) return one === null ? 1 : -1;
  return one - other;
}
