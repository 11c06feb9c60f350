import { defaultLearning } from '../../src/domain/learning/learning-settings';
import type { LearningSettings } from '../../src/domain/learning/learning-settings';
import type { RoutingSettings } from '../../src/domain/routing/settings';
import type { Scenario } from './scenarios';

/** A way to choose and to learn: the product's, but for what is said. */
export interface Policy {
  name: string;
  routing: Partial<RoutingSettings>;
  learning: LearningSettings;
  /** Agents are taken for as good as their owners declare. */
  keepsProficiency?: true;
  /** What others came to raises nothing that is expected of an agent. */
  ignoresOthers?: true;
}

/** All outcomes count the same for ever. */
const nothingFades: LearningSettings = {
  halfLifeMs: Infinity,
  memory: Infinity,
  recent: defaultLearning.recent,
  changeDeviations: Infinity,
};

export const learning: Policy = { name: 'learning (the defaults)', routing: {}, learning: defaultLearning };
/** Routing as it was before it learnt. */
export const plainScore: Policy = {
  name: 'plain score',
  routing: { exploration: 0 },
  learning: nothingFades,
  keepsProficiency: true,
  ignoresOthers: true,
};
/** The same with the types and the proficiency of today. */
export const plainScoreToday: Policy = {
  name: 'plain score, of the same world',
  routing: { exploration: 0 },
  learning: nothingFades,
};
export const roundRobin: Policy = {
  name: 'round_robin',
  routing: { strategy: 'round_robin' },
  learning: defaultLearning,
};

const policies: readonly Policy[] = [
  learning,
  { ...learning, name: '… that ignores others', ignoresOthers: true },
  { ...learning, name: '… that keeps proficiency', keepsProficiency: true },
  { ...learning, name: '… that never explores', routing: { exploration: 0 } },
  { ...learning, name: '… that sees no change', learning: { ...defaultLearning, changeDeviations: Infinity } },
  plainScore,
  plainScoreToday,
  roundRobin,
];
const cheapest: Policy = { name: 'cheapest', routing: { strategy: 'cheapest' }, learning: defaultLearning };

/** Who knows of no costs chooses by score. Over a thousand tasks only those are compared that are promised something of. */
export function policiesIn({ costsUsd, choices }: Scenario): readonly Policy[] {
  if (choices >= 1_000) return [learning, plainScore, roundRobin];
  return costsUsd ? [learning, plainScore, roundRobin, cheapest] : policies;
}
