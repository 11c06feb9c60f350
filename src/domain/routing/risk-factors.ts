import type { AssignmentInputs } from './assignment';
import { outcomesIn } from '../learning/record-sums';
import type { EvaluatedCandidate } from './evaluate';
import { decimal, outcomesWords, places } from './plain-words';
import { avoidedRank } from './preferences';

const fewOutcomes = 5;
const lowSuccessRate = 0.6;
const highLoad = 0.6;

/** What may go wrong with the choice, in plain words. */
export function riskFactorsOf(inputs: AssignmentInputs, [chosen, runnerUp]: readonly EvaluatedCandidate[]): string[] {
  if (!chosen) return [];
  const { successRate, load } = chosen.parts;
  const { record } = chosen.inputs;
  const risks: [boolean, string][] = [
    [outcomesIn(record) < fewOutcomes, `few samples: ${outcomesWords(record)} measured`],
    [successRate < lowSuccessRate, `low success rate: ${decimal(successRate)}`],
    [load >= highLoad, `high load: ${places(chosen.inputs)} places taken before this attempt`],
    [chosen.inputs.rank === avoidedRank(inputs.requirement), 'avoided: the task asks to use it last'],
    [!runnerUp, 'no runner-up: no other agent has room for it'],
  ];
  return risks.filter(([applies]) => applies).map(([, words]) => words);
}
