import { defaultLearning } from '../../src/domain/learning/learning-settings';
import type { LearningSettings } from '../../src/domain/learning/learning-settings';
import type { RoutingSettings } from '../../src/domain/routing/settings';
import type { Scenario } from './scenarios';

/** A way to choose and to learn. */
export interface Policy {
  name: string;
  routing: Partial<RoutingSettings>;
  learning: LearningSettings;
  /** Agents are expected to be as others of their type are, where these are better than what the workspace expects. */
  knowsTypes?: true;
}

/** All outcomes count the same for ever. */
const nothingFades: LearningSettings = {
  halfLifeMs: Infinity,
  memory: Infinity,
  recent: defaultLearning.recent,
  changeDeviations: Infinity,
};

export const learning: Policy = { name: 'learning (the defaults)', routing: {}, learning: defaultLearning };
export const plainScore: Policy = { name: 'plain score', routing: { exploration: 0 }, learning: nothingFades };
export const roundRobin: Policy = {
  name: 'round_robin',
  routing: { strategy: 'round_robin' },
  learning: defaultLearning,
};

const policies: readonly Policy[] = [
  learning,
  { ...learning, name: 'learning, with types', knowsTypes: true },
  { name: 'score that fades', routing: { exploration: 0 }, learning: defaultLearning },
  plainScore,
  {
    name: 'fading alone, no change seen',
    routing: {},
    learning: { ...defaultLearning, changeDeviations: Infinity },
  },
  { name: 'all may explore', routing: { exploration: 1 }, learning: defaultLearning },
  roundRobin,
];
const cheapest: Policy = { name: 'cheapest', routing: { strategy: 'cheapest' }, learning: defaultLearning };

/** Who knows of no costs chooses by score. */
export function policiesIn({ costsUsd }: Scenario): readonly Policy[] {
  return costsUsd ? [...policies, cheapest] : policies;
}
