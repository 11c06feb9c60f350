import { table } from '../report';
import type { LearningResult } from './measure-learning';
import type { ModelResult } from './simulate-models';
import { learning, plainScore, plainScoreToday, roundRobin } from './policies';
import { mainScenario } from './scenarios';

/** A promise that the defaults keep, or not. */
export interface LearningTarget {
  name: string;
  measured: string;
  target: string;
  isMet: boolean;
}

const decimal = (value: number, digits = 2): string => value.toFixed(digits);
const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;

export function targetsOf(results: readonly LearningResult[]): LearningTarget[] {
  const [ours, plain, plainToday, inTurn] = [learning, plainScore, plainScoreToday, roundRobin].map(({ name }) =>
    results.find(({ scenario, policy }) => scenario === mainScenario.name && policy === name),
  );
  if (!ours || !plain || !plainToday || !inTurn) return [];
  const { tasksAfterDrop = Infinity } = ours;
  return [
    {
      name: 'choices 61–120 that take the best',
      measured: percent(ours.bestShare),
      target: '≥ 80 %',
      isMet: ours.bestShare >= 0.8,
    },
    {
      name: 'regret, beside half of that of round_robin',
      measured: decimal(ours.regret),
      target: `≤ ${decimal(inTurn.regret / 2)}`,
      isMet: ours.regret <= inTurn.regret / 2,
    },
    {
      name: 'regret, beside that of plain score',
      measured: decimal(ours.regret),
      target: `< ${decimal(plain.regret)}`,
      isMet: ours.regret < plain.regret,
    },
    {
      name: 'regret, beside that of plain score of the same world',
      measured: decimal(ours.regret),
      target: `< ${decimal(plainToday.regret)}`,
      isMet: ours.regret < plainToday.regret,
    },
    {
      name: 'tasks 16–30 after the drop that the former best still gets',
      measured: decimal(tasksAfterDrop),
      target: '≤ 3',
      isMet: tasksAfterDrop <= 3,
    },
  ];
}

export function formatLearning(results: readonly LearningResult[]): string {
  const targets = targetsOf(results).map(({ name, measured, target, isMet }) => [
    name,
    measured,
    target,
    isMet ? 'met' : 'MISSED',
  ]);
  const scenarios = [...new Set(results.map(({ scenario }) => scenario))];
  return [
    ...table(['five agents, one clearly best', 'learning', 'target', ''], targets),
    ...scenarios.flatMap((scenario) =>
      table(
        [scenario, 'best taken', 'regret', 'tried others', 'after the drop: best gets', 'regret', 'a success costs'],
        results.filter((one) => one.scenario === scenario).map(rowOf),
      ),
    ),
  ].join('\n');
}

/** Of several models of one agent: what a success costs, and how often there is one. */
export function formatModels(results: readonly ModelResult[]): string {
  const scenarios = [...new Set(results.map(({ scenario }) => scenario))];
  return scenarios
    .flatMap((scenario) =>
      table(
        [`models: ${scenario}`, 'succeeds', 'in the second half', 'a success costs'],
        results
          .filter((one) => one.scenario === scenario)
          .map(({ policy, successRate, lateSuccessRate, costPerSuccessUsd }) => [
            policy,
            percent(successRate),
            percent(lateSuccessRate),
            `$${decimal(costPerSuccessUsd, 3)}`,
          ]),
      ),
    )
    .join('\n');
}

function rowOf(result: LearningResult): string[] {
  const { tasksAfterDrop, shareAboveThree, regretAfterDrop, costPerSuccessUsd } = result;
  return [
    result.policy,
    percent(result.bestShare),
    `${decimal(result.regret)} ± ${decimal(result.regretError)}`,
    percent(result.exploredShare),
    tasksAfterDrop === undefined ? '–' : `${decimal(tasksAfterDrop)}, above 3 in ${percent(shareAboveThree ?? 0)}`,
    regretAfterDrop === undefined ? '–' : decimal(regretAfterDrop),
    costPerSuccessUsd === undefined ? '–' : `$${decimal(costPerSuccessUsd, 3)}`,
  ];
}
