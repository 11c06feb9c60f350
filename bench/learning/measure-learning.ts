import type { Policy } from './policies';
import type { Scenario } from './scenarios';
import { simulate } from './simulate';
import type { Choice } from './simulate';

/** What a policy came to in a scenario: means over the seeds. */
export interface LearningResult {
  scenario: string;
  policy: string;
  seeds: number;
  /** Share of the choices in the second half of the scenario that took the best agent. */
  bestShare: number;
  /** Successes that were missed, by the true rates, before any drop. */
  regret: number;
  /** Standard error of the mean. */
  regretError: number;
  /** … and after the drop, in 30 tasks. */
  regretAfterDrop?: number;
  /** Of the tasks 16–30 after the drop, what the one that was best still got. */
  tasksAfterDrop?: number;
  /** Share of seeds in which these were more than 3. */
  shareAboveThree?: number;
  /** Share of assignments that went elsewhere than to who was believed best. */
  exploredShare: number;
  costPerSuccessUsd?: number;
  /** Mean regret after so many thirtieths of the tasks, the drop included. */
  regretCurve: number[];
}

export function measureLearning(scenario: Scenario, policy: Policy, seeds: number): LearningResult {
  const runs = Array.from({ length: seeds }, (_, seed) => simulate(scenario, policy, seed));
  const best = scenario.rates.indexOf(Math.max(...scenario.rates));
  const before = runs.map((run) => run.slice(0, scenario.choices));
  const regrets = before.map(totalRegret);
  const all = before.flat();
  const secondHalf = before.flatMap((run) => run.slice(scenario.choices / 2));
  const afterDrop = runs.map((run) => run.slice(scenario.choices));
  const stillGot = afterDrop.map((run) => run.slice(15, 30).filter(({ agent }) => agent === best).length);
  return {
    scenario: scenario.name,
    policy: policy.name,
    seeds,
    bestShare: shareOf(secondHalf, ({ agent }) => agent === best),
    regret: mean(regrets),
    regretError: Math.sqrt(Math.max(0, mean(regrets.map((one) => one ** 2)) - mean(regrets) ** 2) / seeds),
    ...(scenario.dropsTo !== undefined && {
      regretAfterDrop: mean(afterDrop.map(totalRegret)),
      tasksAfterDrop: mean(stillGot),
      shareAboveThree: mean(stillGot.map((tasks) => (tasks > 3 ? 1 : 0))),
    }),
    exploredShare: shareOf(all, ({ explored }) => explored),
    ...(scenario.costsUsd && {
      costPerSuccessUsd: sum(all.map(({ costUsd }) => costUsd)) / all.filter(({ succeeded }) => succeeded).length,
    }),
    regretCurve: Array.from({ length: 31 }, (_, at) =>
      mean(runs.map((run) => totalRegret(run.slice(0, Math.round((at * run.length) / 30))))),
    ),
  };
}

function totalRegret(choices: readonly Choice[]): number {
  return sum(choices.map(({ regret }) => regret));
}

function shareOf(choices: readonly Choice[], is: (choice: Choice) => boolean): number {
  return choices.filter(is).length / choices.length;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, one) => total + one, 0);
}

function mean(numbers: readonly number[]): number {
  return sum(numbers) / numbers.length;
}
