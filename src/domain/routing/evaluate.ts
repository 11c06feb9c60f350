import type { AssignmentInputs, CandidateInputs } from './assignment';
import { smoothedSuccessRate } from './measured';
import { loadOf, scoreOf } from './score';
import type { ScoreParts } from './score';
import { strategyOf } from './strategies';
import { hashText, mixHashes } from './tie-break';

export interface EvaluatedCandidate {
  inputs: CandidateInputs;
  parts: ScoreParts;
  score: number;
  /** What the strategy says; lower is better. */
  order: number;
  tie: number;
}

/** The candidates, best first: by rank, then the strategy, then the score, then the seed, then the name. */
export function evaluate(inputs: AssignmentInputs): EvaluatedCandidate[] {
  const strategy = strategyOf(inputs.strategy);
  return inputs.evaluated
    .map((candidate): EvaluatedCandidate => {
      const { agent, record, running, maxConcurrent, specialisation } = candidate;
      const successRate = smoothedSuccessRate(record, inputs.prior);
      const parts = { specialisation, successRate, load: loadOf(running, maxConcurrent) };
      return {
        inputs: candidate,
        parts,
        score: scoreOf(parts, inputs.weights),
        order: strategy(candidate, inputs),
        tie: inputs.seed === '' ? 0 : tieOf(inputs.seed, hashText(JSON.stringify([agent.workspace, agent.name]))),
      };
    })
    .sort((left, right) => left.inputs.rank - right.inputs.rank || compareEvaluated(left, right));
}

/** Inside one rank. */
function compareEvaluated(left: EvaluatedCandidate, right: EvaluatedCandidate): number {
  // Not by subtraction: unknown is infinite.
  if (left.order !== right.order) return left.order < right.order ? -1 : 1;
  return right.score - left.score || left.tie - right.tie || left.inputs.position - right.inputs.position;
}

/** The seed is not empty: without one there are no ties. */
export function tieOf(seed: string, hash: number): number {
  return mixHashes(hashText(seed), hash);
}
