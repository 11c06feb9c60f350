import type { AssignmentInputs, CandidateInputs } from './assignment';
import { successRateDraws } from '../learning/explore';
import { handoverRate } from '../learning/handovers';
import { smoothedSuccessRate } from '../learning/measured';
import { loadOf, scoreOf } from './score';
import type { ScoreParts } from './score';
import { strategyOf } from './strategies';
import { hashText, mixHashes } from './tie-break';

export interface EvaluatedCandidate {
  inputs: CandidateInputs;
  parts: ScoreParts;
  /** By what is believed of it. */
  score: number;
  /** What it stands for in the comparison: the score, with the success rate that was drawn where the attempt may explore. */
  standing: { score: number; successRate: number };
  /** What the strategy says; lower is better. */
  order: number;
  tie: number;
}

/** The candidates, best first: by rank, then the strategy, then the score (as drawn, where the attempt may explore), then the seed, then the name. */
export function evaluate(inputs: AssignmentInputs): EvaluatedCandidate[] {
  const strategy = strategyOf(inputs.strategy);
  const draw = inputs.draw === undefined ? undefined : successRateDraws(inputs.draw);
  return inputs.evaluated
    .map((candidate): EvaluatedCandidate => {
      const { agent, record, running, maxConcurrent, specialisation, prior = inputs.prior } = candidate;
      const successRate = smoothedSuccessRate(record, prior);
      const { givers = [] } = inputs.requirement;
      const parts: ScoreParts = { specialisation, successRate, load: loadOf(running, maxConcurrent) };
      if (givers.length > 0) {
        const expected = { mean: successRate, weight: inputs.prior.weight };
        parts.handover = handoverRate(candidate.handovers ?? [], givers.length, expected);
      }
      const score = scoreOf(parts, inputs.weights);
      const drawn = draw?.(record, prior);
      return {
        inputs: candidate,
        parts,
        score,
        standing:
          drawn === undefined
            ? { score, successRate }
            : { score: scoreOf({ ...parts, successRate: drawn }, inputs.weights), successRate: drawn },
        order: strategy(candidate, inputs),
        tie: inputs.seed === '' ? 0 : tieOf(inputs.seed, hashText(JSON.stringify([agent.workspace, agent.name]))),
      };
    })
    .sort((left, right) => compareEvaluated(left, right, ({ standing }) => standing.score));
}

/** The one that is first by what is believed of all, whatever was drawn; or by another score than theirs. */
export function believedBest(
  candidates: readonly EvaluatedCandidate[],
  scoreIn: (candidate: EvaluatedCandidate) => number = ({ score }) => score,
): EvaluatedCandidate | undefined {
  const [first, ...others] = candidates;
  return first && others.reduce((best, one) => (compareEvaluated(one, best, scoreIn) < 0 ? one : best), first);
}

function compareEvaluated(
  left: EvaluatedCandidate,
  right: EvaluatedCandidate,
  scoreIn: (candidate: EvaluatedCandidate) => number,
): number {
  if (left.inputs.rank !== right.inputs.rank) return left.inputs.rank - right.inputs.rank;
  // Not by subtraction: unknown is infinite.
  if (left.order !== right.order) return left.order < right.order ? -1 : 1;
  return scoreIn(right) - scoreIn(left) || left.tie - right.tie || left.inputs.position - right.inputs.position;
}

/** The seed is not empty: without one there are no ties. */
export function tieOf(seed: string, hash: number): number {
  return mixHashes(hashText(seed), hash);
}
