import { nothingLearned, recordOutcome } from '../../src/domain/learning/learned-record';
import type { Learned } from '../../src/domain/learning/learned-record';
import { drawSeed, mayExplore } from '../../src/domain/learning/explore';
import { chooseModel } from '../../src/domain/models/choose-model';
import { defaultEvidence } from '../../src/domain/settings/evidence-settings';
import { createRandom } from '../../src/domain/random';
import { defaultSettings } from '../../src/domain/routing/settings';

/** Models whose true success rates nobody knows, cheapest first. */
export interface ModelScenario {
  name: string;
  models: readonly { rate: number; costUsd: number }[];
  atLeast: number;
  tasks: number;
}

export const modelScenarios: readonly ModelScenario[] = [
  {
    name: 'the cheapest is good enough',
    models: [
      { rate: 0.9, costUsd: 0.01 },
      { rate: 0.95, costUsd: 0.1 },
    ],
    atLeast: 0.8,
    tasks: 200,
  },
  {
    name: 'the middle one is good enough',
    models: [
      { rate: 0.4, costUsd: 0.01 },
      { rate: 0.9, costUsd: 0.04 },
      { rate: 0.97, costUsd: 0.2 },
    ],
    atLeast: 0.8,
    tasks: 200,
  },
  {
    name: 'only the dearest is good enough',
    models: [
      { rate: 0.3, costUsd: 0.01 },
      { rate: 0.6, costUsd: 0.04 },
      { rate: 0.95, costUsd: 0.1 },
    ],
    atLeast: 0.9,
    tasks: 200,
  },
  {
    name: 'none is good enough',
    models: [
      { rate: 0.3, costUsd: 0.01 },
      { rate: 0.6, costUsd: 0.1 },
    ],
    atLeast: 0.8,
    tasks: 200,
  },
];

export const modelPolicies = ['chosen', 'always the best', 'always the cheapest'] as const;
type ModelPolicy = (typeof modelPolicies)[number];

export interface ModelResult {
  scenario: string;
  policy: ModelPolicy;
  successRate: number;
  /** Of the second half of the tasks. */
  lateSuccessRate: number;
  costPerSuccessUsd: number;
}

/** One task after the other. The luck of a model's next attempt is the same whatever the policy. */
export function measureModels(scenario: ModelScenario, policy: ModelPolicy, seeds: number): ModelResult {
  const { models, tasks } = scenario;
  let [successes, late, costUsd] = [0, 0, 0];
  for (let seed = 0; seed < seeds; seed++) {
    const luck = models.map((_, at) => createRandom('luck', seed, at));
    const learned = models.map((): Learned => nothingLearned);
    for (let task = 0; task < tasks; task++) {
      const at = placeOf(
        scenario,
        policy,
        learned,
        drawSeed({ workspace: '', session: `${seed}`, run: `${task}`, attempt: 1 }),
      );
      const model = models[at] ?? { rate: 0, costUsd: 0 };
      const succeeded = (luck[at]?.() ?? 1) < model.rate;
      costUsd += model.costUsd;
      if (succeeded) successes += 1;
      if (succeeded && task >= tasks / 2) late += 1;
      learned[at] = recordOutcome(learned[at] ?? nothingLearned, {
        success: succeeded ? 1 : 0,
        durationMs: 60_000,
        costUsd: model.costUsd,
        endedAt: task * 60_000,
      });
    }
  }
  return {
    scenario: scenario.name,
    policy,
    successRate: successes / (seeds * tasks),
    lateSuccessRate: late / (seeds * (tasks / 2)),
    costPerSuccessUsd: costUsd / successes,
  };
}

function placeOf(
  { models, atLeast }: ModelScenario,
  policy: ModelPolicy,
  learned: readonly Learned[],
  seed: string,
): number {
  if (policy === 'always the cheapest') return 0;
  if (policy === 'always the best') return models.length - 1;
  const candidates = models.map(({ costUsd }, at) => ({
    name: String(at),
    record: (learned[at] ?? nothingLearned).record,
    cost: costUsd,
  }));
  const { confidence } = defaultEvidence;
  const draw = mayExplore(seed, defaultSettings.exploration) ? seed : undefined;
  return Number(
    chooseModel({ candidates, costsAre: 'measured', atLeast, confidence }, defaultSettings.prior, draw).name,
  );
}
