import type { Assignment, AssignmentInputs } from './assignment';
import { maxRunnersUp } from './assignment';
import { confidenceOf } from './confidence';
import { believedBest, evaluate } from './evaluate';
import type { EvaluatedCandidate } from './evaluate';
import { attemptPlace } from '../learning/learned-place';
import { attemptTimeout } from '../learning/learned-timeout';
import { runTries } from '../learning/learned-tries';
import { estimatedDurationMs } from '../learning/measured';
import { expectedAttempt } from '../prediction/expected-attempt';
import { attemptCostUsd } from '../models/attempt-cost';
import { chooseModel } from '../models/choose-model';
import type { ModelChoice } from '../models/choose-model';
import { reasoningOf } from './reasoning';
import { riskFactorsOf } from './risk-factors';

/** The assignment to the first of the candidates, which are evaluated and in order. Throws a RangeError where there is none. `terms`: of the inputs. */
export function assignmentTo(
  candidates: readonly EvaluatedCandidate[],
  inputs: AssignmentInputs,
  terms: AssignmentTerms = termsOf(inputs),
): Assignment {
  const [chosen, ...others] = candidates;
  if (!chosen) throw new RangeError('an assignment needs a candidate');
  const { agent, record, timing = record } = chosen.inputs;
  const best = believedBest(candidates) ?? chosen;
  return {
    kind: 'assigned',
    agent,
    strategy: inputs.strategy,
    score: chosen.score,
    parts: chosen.parts,
    confidence: confidenceOf(chosen, others[0]),
    ...(best !== chosen && { explored: { insteadOf: best.inputs.agent, successRate: chosen.standing.successRate } }),
    reasoning: reasoningOf(inputs, candidates),
    estimatedMs: estimatedDurationMs(timing),
    expectedCostUsd: costWith(terms.model, chosen, inputs),
    ...(inputs.known && { prediction: expectedAttempt(inputs.known, inputs.prior) }),
    riskFactors: riskFactorsOf(inputs, candidates),
    runnersUp: others
      .slice(0, maxRunnersUp)
      .map(({ inputs: { agent: runnerUp }, score, parts }) => ({ agent: runnerUp, score, parts })),
    ...terms,
    inputs,
  };
}

/** How the chosen agent does the attempt. */
export type AssignmentTerms = Pick<Assignment, 'model' | 'timeout' | 'tries' | 'place'>;

export function termsOf(
  inputs: Pick<AssignmentInputs, 'models' | 'timeout' | 'tries' | 'place' | 'prior' | 'draw'>,
): AssignmentTerms {
  const model = inputs.models && chooseModel(inputs.models, inputs.prior, inputs.draw);
  const place = inputs.place && attemptPlace(inputs.place);
  return {
    ...(model && { model }),
    ...(inputs.timeout && { timeout: attemptTimeout(inputs.timeout) }),
    ...(inputs.tries && { tries: runTries(inputs.tries) }),
    ...(place && { place }),
  };
}

/** With the model that the agent is told to use, where attempts were measured; else as routing compares agents. */
function costWith(
  model: ModelChoice | undefined,
  { inputs }: EvaluatedCandidate,
  { models }: AssignmentInputs,
): number | null {
  if (model && models?.costsAre === 'measured' && model.cost !== null) return model.cost;
  return attemptCostUsd(inputs, model?.name);
}

/** The same assignment, worked out again from what it has stored: a reader can check it, and a change of the formulas shows. */
export function recompute({ inputs }: Pick<Assignment, 'inputs'>): Assignment {
  return assignmentTo(evaluate(inputs), inputs);
}
