import type { SuccessPrior } from '../learning/measured';
import { strategies } from './strategies';
import type { StrategyName } from './strategies';

/** How much each part counts in the score; only their proportions matter. */
export interface ScoreWeights {
  specialisation: number;
  successRate: number;
  availability: number;
  /** Of how well it went on from the agents whose results it is given; it counts where there are any. Absent in what earlier versions stored: 0. */
  relationships?: number;
}

export interface RoutingSettings {
  strategy: StrategyName;
  weights: ScoreWeights;
  prior: SuccessPrior;
  /** Load from which an agent takes no new work, above 0 to 1. */
  maxLoad: number;
  /** Share of assignments, 0–1, that may go to an agent which is not believed to be best, to learn more of it. */
  exploration: number;
  /** Breaks ties of equal agents; empty: the name does. */
  seed: string;
  /** Of `round_robin`: how many assignments came before. */
  counter: number;
}

export const defaultSettings: RoutingSettings = {
  strategy: 'score',
  weights: { specialisation: 0.5, successRate: 0.3, availability: 0.2, relationships: 0.1 },
  prior: { mean: 0.8, weight: 5 },
  maxLoad: 0.8,
  exploration: 0.5,
  seed: '',
  counter: 0,
};

/** What is wrong with the settings, in plain words; empty when they are good. */
export function settingsIssues(settings: RoutingSettings): string[] {
  const { strategy, prior, maxLoad, exploration, counter } = settings;
  const weights = Object.entries(settings.weights) as [string, number][];
  const issues = weights
    .filter(([, weight]) => !(weight >= 0 && Number.isFinite(weight)))
    .map(([name, weight]) => `the weight ${name} is ${weight}: it must be a number that is not negative`);
  const sum = weights.reduce((total, [name, weight]) => (name === 'relationships' ? total : total + weight), 0);
  if (issues.length === 0 && sum <= 0)
    issues.push('all weights are 0: one at least, besides relationships, must be positive');
  if (!Object.hasOwn(strategies, strategy)) {
    issues.push(`there is no strategy "${strategy}": it is one of ${Object.keys(strategies).join(', ')}`);
  }
  if (!(prior.mean >= 0 && prior.mean <= 1)) issues.push(`the prior's mean is ${prior.mean}: it must be 0 to 1`);
  if (!(prior.weight >= 0 && Number.isFinite(prior.weight))) {
    issues.push(`the prior's weight is ${prior.weight}: it must be a number that is not negative`);
  }
  if (!(maxLoad > 0 && maxLoad <= 1)) issues.push(`maxLoad is ${maxLoad}: it must be above 0 and at most 1`);
  if (!(exploration >= 0 && exploration <= 1)) issues.push(`exploration is ${exploration}: it must be 0 to 1`);
  if (!Number.isSafeInteger(counter) || counter < 0) {
    issues.push(`counter is ${counter}: it must be a whole number that is not negative`);
  }
  return issues;
}

/** Defaults where nothing is said. Throws a RangeError that says all that is wrong. */
export function routingSettings(options: Partial<RoutingSettings> = {}): RoutingSettings {
  const settings = { ...defaultSettings, ...options };
  const issues = settingsIssues(settings);
  if (issues.length > 0) throw new RangeError(issues.join('; '));
  return settings;
}
