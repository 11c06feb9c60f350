import { defaultSettings as defaultRouting, settingsIssues } from '../routing/settings';
import type { RoutingSettings } from '../routing/settings';
import type { StrategyName } from '../routing/strategies';

/** What a workspace says about routing and limits, by key; what is absent has its default. */
export interface WorkspaceOptions {
  strategy?: StrategyName;
  'weights.specialisation'?: number;
  'weights.successRate'?: number;
  'weights.availability'?: number;
  maxLoad?: number;
  share?: number;
  maxConcurrent?: number;
}

/** What holds for a workspace. */
export interface WorkspaceSettings {
  routing: RoutingSettings;
  /** What it gets of agents that many workspaces want, in proportion to theirs. */
  share: number;
}

/** What holds where nothing is said, in the order in which people read it; null: no limit. */
export const defaultOptions: Record<keyof WorkspaceOptions, string | number | null> = {
  strategy: defaultRouting.strategy,
  'weights.specialisation': defaultRouting.weights.specialisation,
  'weights.successRate': defaultRouting.weights.successRate,
  'weights.availability': defaultRouting.weights.availability,
  maxLoad: defaultRouting.maxLoad,
  share: 1,
  maxConcurrent: null,
};

export function workspaceSettings(options: WorkspaceOptions): WorkspaceSettings {
  const { weights, strategy, maxLoad } = defaultRouting;
  return {
    routing: {
      ...defaultRouting,
      strategy: options.strategy ?? strategy,
      weights: {
        specialisation: options['weights.specialisation'] ?? weights.specialisation,
        successRate: options['weights.successRate'] ?? weights.successRate,
        availability: options['weights.availability'] ?? weights.availability,
      },
      maxLoad: options.maxLoad ?? maxLoad,
    },
    share: options.share ?? 1,
  };
}

/** What is wrong with options that are good one by one, in plain words. */
export function optionIssues(options: WorkspaceOptions): string[] {
  return settingsIssues(workspaceSettings(options).routing);
}
