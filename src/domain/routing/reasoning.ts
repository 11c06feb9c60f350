import type { AssignmentInputs } from './assignment';
import { believedBest } from './evaluate';
import type { EvaluatedCandidate } from './evaluate';
import { agentRef } from '../agents/agent-ref';
import { estimatedDurationMs } from '../learning/measured';
import { attemptCostUsd, tokenPriceUsd } from '../models/attempt-cost';
import { aboutDuration, agentWords, count, decimal, list, outcomesWords, places, usd } from './plain-words';
import { avoidedRank, familiarRank } from './preferences';

/** Why the first of the candidates was chosen, in plain words. */
export function reasoningOf(inputs: AssignmentInputs, candidates: readonly EvaluatedCandidate[]): string {
  const [chosen, runnerUp] = candidates;
  if (!chosen) return '';
  const best = believedBest(candidates) ?? chosen;
  const agent = agentWords(chosen.inputs.agent, inputs.workspace);
  const sentences = [
    `${agent} ${best === chosen ? standing(inputs, chosen) : 'is tried, to learn'}: score ${decimal(chosen.score)} from ${partsWords(inputs, chosen)}.`,
    inputs.requirement.strategy && `The task asks for the strategy ${inputs.requirement.strategy}.`,
    best !== chosen && explorationWords(inputs, chosen, best),
    preferenceWords(inputs, chosen),
    inputs.excluded > 0 && `It must not go to ${list(inputs.requirement.exclude)}.`,
    runnerUp && `Next is ${agentWords(runnerUp.inputs.agent, inputs.workspace)} with score ${decimal(runnerUp.score)}.`,
  ];
  return sentences.filter(Boolean).join(' ');
}

function standing({ strategy, members, excluded }: AssignmentInputs, { inputs }: EvaluatedCandidate) {
  const candidates = members - excluded;
  const { timing = inputs.record } = inputs;
  if (candidates === 1) return 'is the only agent that meets the requirement';
  const among = `of ${count(candidates, 'agent')} that meet the requirement`;
  switch (strategy) {
    case 'score':
      return `has the best score ${among}`;
    case 'cheapest': {
      const [costUsd, perMillionUsd] = [attemptCostUsd(inputs), tokenPriceUsd(inputs)];
      if (costUsd !== null) return `is the cheapest ${among}, at about ${usd(costUsd)}`;
      return perMillionUsd === null
        ? `was chosen by score ${among}, because no cost is known`
        : `has the cheapest model ${among}, at about ${usd(perMillionUsd)} for a million tokens`;
    }
    case 'fastest': {
      const estimate = estimatedDurationMs(timing);
      return estimate === null
        ? `was chosen by score ${among}, because no duration is known`
        : `is the fastest ${among}, half of its attempts are done within ${aboutDuration(estimate.p50)}`;
    }
    case 'round_robin':
      return `is next in turn ${among}`;
  }
}

function partsWords(inputs: AssignmentInputs, chosen: EvaluatedCandidate): string {
  const { names, capability } = inputs.requirement;
  const { specialisation, successRate } = chosen.parts;
  const special = names
    ? 'being named by the task'
    : capability === undefined
      ? 'meeting all that is asked'
      : `proficiency ${decimal(specialisation)} in ${capability}`;
  const { prior } = chosen.inputs;
  const before = prior ? ` of this kind (${decimal(prior.mean)} by what else is known)` : '';
  const measured = `success rate ${decimal(successRate)} after ${outcomesWords(chosen.inputs.record)}${before}`;
  return [special, measured, ...handoverWords(inputs, chosen), `${places(chosen.inputs)} places taken`].join(', ');
}

/** Where the attempt goes on from agents that it went on from before. */
function handoverWords(
  { workspace }: AssignmentInputs,
  { inputs: { handovers }, parts }: EvaluatedCandidate,
): string[] {
  if (!handovers || parts.handover === undefined) return [];
  const givers = handovers.map(
    (one) => `${agentWords(one.from, workspace)} (${outcomesWords({ ...noTimes, ...one })})`,
  );
  return [`${decimal(parts.handover)} where it goes on from ${list(givers)}`];
}

const noTimes = { logDurationSum: 0, logDurationSquareSum: 0 };

function explorationWords({ workspace }: AssignmentInputs, chosen: EvaluatedCandidate, best: EvaluatedCandidate) {
  const { score, successRate } = chosen.standing;
  const believed = agentWords(best.inputs.agent, workspace);
  return `It may succeed in ${decimal(successRate)} of its attempts, and would have score ${decimal(score)}; ${believed} is believed to be best, with ${decimal(best.score)} after ${outcomesWords(best.inputs.record)}.`;
}

function preferenceWords(
  { requirement, workspace }: AssignmentInputs,
  { inputs: { rank, agent } }: EvaluatedCandidate,
): string {
  if (rank < requirement.prefer.length) {
    return requirement.preferredBy === 'workspace'
      ? 'The workspace prefers it for such tasks.'
      : 'The task prefers it.';
  }
  if (rank === familiarRank(requirement)) return 'It did earlier tasks of the session.';
  if (rank !== avoidedRank(requirement)) return '';
  return agentRef(agent, workspace) === requirement.lostBy
    ? 'The attempt before was lost with it, but no other has room.'
    : 'The task would rather avoid it, but no other has room.';
}
