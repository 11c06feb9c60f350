import type { Assignment } from '../../domain/routing/assignment';
import type { DurationEstimate } from '../../domain/learning/measured';
import { placeWords } from '../../domain/learning/learned-place';
import { timeoutWords } from '../../domain/learning/learned-timeout';
import { triesWords } from '../../domain/learning/learned-tries';
import { modelWords } from '../../domain/models/model-words';
import { agentRef } from '../../domain/agents/agent-ref';
import { formatElapsed } from '../../domain/duration';
import { safeLine } from '../terminal/safe-text';
import { predictionWords } from './prediction-words';

/** An assignment for people: the agent with its score, why, what to expect, and who else there was. */
export function assignmentLines(assignment: Assignment): string[] {
  const { agent, score, confidence, reasoning, estimatedMs, expectedCostUsd, prediction, riskFactors, runnersUp } =
    assignment;
  const { workspace, models } = assignment.inputs;
  const { model, timeout, tries, place } = assignment;
  const expected = [
    ...(prediction ? predictionWords(prediction) : estimatedMs ? [durationWords(estimatedMs)] : []),
    ...(expectedCostUsd === null ? [] : [costWords(expectedCostUsd, prediction)]),
  ];
  return [
    `${agentRef(agent, workspace)}  score ${score.toFixed(3)}, confidence ${Math.round(confidence * 100)}%`,
    `  ${safeLine(reasoning)}`,
    ...(expected.length > 0 ? [`  Expected: ${expected.join('; ')}`] : []),
    ...(model && models ? [`  Model: ${safeLine(modelWords(model, models))}`] : []),
    ...(timeout ? [`  Timeout: ${timeoutWords(timeout)}`] : []),
    ...(tries ? [`  Tries: ${triesWords(tries)}`] : []),
    ...(place ? [`  Runs: ${placeWords(place)}`] : []),
    ...(riskFactors.length > 0 ? [`  Risks: ${riskFactors.map(safeLine).join('; ')}`] : []),
    ...(runnersUp.length > 0
      ? [`  Others: ${runnersUp.map((one) => `${agentRef(one.agent, workspace)} ${one.score.toFixed(3)}`).join(', ')}`]
      : []),
  ];
}

/** The mean: beside half and nine of ten where these are known. */
function costWords(meanUsd: number, prediction: Assignment['prediction']): string {
  const mean = `$${meanUsd.toFixed(4)}`;
  return prediction?.costUsd ? `${mean} on average` : `about ${mean}`;
}

/** Of assignments of before anything was predicted. */
function durationWords({ p50, p90 }: DurationEstimate): string {
  return `half of its attempts take less than ${formatElapsed(p50)}, nine of ten less than ${formatElapsed(p90)}`;
}
