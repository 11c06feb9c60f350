import type { AgentRecord } from '../agents/agent';
import { agentRef } from '../agents/agent-ref';
import { outcomesIn } from '../learning/record-sums';
import type { KnownOfAttempt } from '../prediction/known-of-attempt';
import type { AssignmentInputs } from './assignment';
import type { EvaluatedCandidate } from './evaluate';
import { decimal, outcomesWords, places } from './plain-words';
import { avoidedRank } from './preferences';

const fewOutcomes = 5;
const lowSuccessRate = 0.6;
const highLoad = 0.6;

/** What may go wrong with the choice, each with what shows it, in plain words. */
export function riskFactorsOf(inputs: AssignmentInputs, [chosen, runnerUp]: readonly EvaluatedCandidate[]): string[] {
  if (!chosen) return [];
  const { successRate, load } = chosen.parts;
  const { record, rank, onTrial, decline } = chosen.inputs;
  const risks = [
    outcomesIn(record) < fewOutcomes && `few samples: ${outcomesWords(record)} measured`,
    successRate < lowSuccessRate && `low success rate: ${decimal(successRate)}`,
    decline &&
      `in decline: it succeeds in ${decimal(decline.lately)} of its latest attempts, and did in ${decimal(decline.before)} before`,
    onTrial !== undefined && `on trial: its circuit breaker is half-open, because ${onTrial}`,
    ...(inputs.known ? taskRisks(inputs.known) : []),
    load >= highLoad && `high load: ${places(chosen.inputs)} places taken before this attempt`,
    rank === avoidedRank(inputs.requirement) &&
      (agentRef(chosen.inputs.agent, inputs.workspace) === inputs.requirement.lostBy
        ? 'lost before: nothing was heard of it in the attempt before'
        : 'avoided: the task asks to use it last'),
    !runnerUp && 'no runner-up: no other agent has room for it',
  ];
  return risks.filter((risk) => typeof risk === 'string');
}

function taskRisks({ taskType, same, byOthers, elsewhere }: KnownOfAttempt): (string | false)[] {
  return [
    outcomesIn(same) === 0 &&
      outcomesIn(elsewhere) > 0 &&
      `new to it: none of its ${outcomesWords(elsewhere)} is of ${taskType}`,
    outcomesIn(byOthers) >= fewOutcomes &&
      rateOf(byOthers) < lowSuccessRate &&
      `hard for others: ${taskType} succeeded in ${decimal(rateOf(byOthers))} of their ${outcomesWords(byOthers)}`,
  ];
}

function rateOf(record: AgentRecord): number {
  return record.succeeded / outcomesIn(record);
}
