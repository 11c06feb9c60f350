import { defaultInsightConfidence } from '../learning/insights/insight';
import { defaultSettings as defaultRouting, settingsIssues } from '../routing/settings';
import type { RoutingSettings } from '../routing/settings';
import type { StrategyName } from '../routing/strategies';
import { defaultEvidence } from './evidence-settings';
import type { EvidenceSettings } from './evidence-settings';
import { preferredAgents } from './preferences';
import { taskTimeouts } from './task-timeouts';
import type { TaskTimeouts } from './task-timeouts';
import type { PreferredAgents } from '../routing/preferred-agents';
import { shippedPrices } from '../usage/prices';
import type { Prices } from '../usage/prices';

/** With other workspaces that want it as well: what is found here is given to them, what they found is tried here, or both. */
export type InsightSharing = (typeof insightSharing)[number];

export const insightSharing = ['none', 'out', 'in', 'both'] as const;

/** What a workspace says about routing and limits, by key; what is absent has its default. */
export interface WorkspaceOptions {
  strategy?: StrategyName;
  'weights.specialisation'?: number;
  'weights.successRate'?: number;
  'weights.availability'?: number;
  'weights.relationships'?: number;
  maxLoad?: number;
  exploration?: number;
  share?: number;
  maxConcurrent?: number;
  /** `100/1m`: attempts that start in a window. */
  rateLimit?: string;
  /** Memories of an agent. */
  'memory.maxPerAgent'?: number;
  /** So long they are kept. */
  'memory.days'?: number;
  /** 0–100: insights that are less sure are not used. */
  insightConfidence?: number;
  /** `probe,restart,alert`, or some of them: what is done about agents by itself; `none`. */
  'recovery.automatic'?: string;
  /** See evidence-settings.ts. */
  'models.atLeast'?: number;
  'models.confidence'?: number;
  'learned.timeouts'?: 'on' | 'off';
  'learned.retries'?: 'on' | 'off';
  shareInsights?: InsightSharing;
  /** `3/15`: US dollars per million tokens that the model reads, and that it writes. */
  [price: `prices.${string}`]: string;
  /** An agent: whom tasks of a capability and type go to first. See preferences.ts. */
  [kind: `prefer.${string}`]: string;
  /** `10m`: what attempts at a task of a plan may take at most. See task-timeouts.ts. */
  [task: `timeout.${string}`]: string;
}

/** What holds for a workspace. */
export interface WorkspaceSettings {
  routing: RoutingSettings;
  /** What it gets of agents that many workspaces want, in proportion to theirs. */
  share: number;
  /** Of models, its own before those that ship with the program. */
  prices: Prices;
  evidence: EvidenceSettings;
  preferred: PreferredAgents;
  taskTimeouts: TaskTimeouts;
}

/** What holds where nothing is said, in the order in which people read it; null: no limit. */
export const defaultOptions: Record<string, string | number | null> = {
  strategy: defaultRouting.strategy,
  'weights.specialisation': defaultRouting.weights.specialisation,
  'weights.successRate': defaultRouting.weights.successRate,
  'weights.availability': defaultRouting.weights.availability,
  'weights.relationships': defaultRouting.weights.relationships ?? 0,
  maxLoad: defaultRouting.maxLoad,
  exploration: defaultRouting.exploration,
  share: 1,
  maxConcurrent: null,
  rateLimit: null,
  'memory.maxPerAgent': 200,
  'memory.days': 90,
  insightConfidence: defaultInsightConfidence,
  'recovery.automatic': 'probe',
  'models.atLeast': defaultEvidence.atLeast,
  'models.confidence': defaultEvidence.confidence,
  'learned.timeouts': 'on',
  'learned.retries': 'on',
  shareInsights: 'none',
};

export function workspaceSettings(options: WorkspaceOptions): WorkspaceSettings {
  const { weights, strategy, maxLoad, exploration } = defaultRouting;
  return {
    routing: {
      ...defaultRouting,
      strategy: options.strategy ?? strategy,
      weights: {
        specialisation: options['weights.specialisation'] ?? weights.specialisation,
        successRate: options['weights.successRate'] ?? weights.successRate,
        availability: options['weights.availability'] ?? weights.availability,
        relationships: options['weights.relationships'] ?? weights.relationships ?? 0,
      },
      maxLoad: options.maxLoad ?? maxLoad,
      exploration: options.exploration ?? exploration,
    },
    share: options.share ?? 1,
    prices: { ...shippedPrices, ...ownPrices(options) },
    evidence: {
      atLeast: options['models.atLeast'] ?? defaultEvidence.atLeast,
      confidence: options['models.confidence'] ?? defaultEvidence.confidence,
      timeouts: options['learned.timeouts'] !== 'off',
      retries: options['learned.retries'] !== 'off',
    },
    preferred: preferredAgents(options),
    taskTimeouts: taskTimeouts(options),
  };
}

/** What is wrong with options that are good one by one, in plain words. */
export function optionIssues(options: WorkspaceOptions): string[] {
  return settingsIssues(workspaceSettings(options).routing);
}

export const priceKeyPrefix = 'prices.';

function ownPrices(options: WorkspaceOptions): Prices {
  const written = Object.entries(options as Record<string, unknown>).filter(([key]) => key.startsWith(priceKeyPrefix));
  return Object.fromEntries(
    written.map(([key, value]) => {
      const [inputUsd = 0, outputUsd = 0] = String(value).split('/').map(Number);
      return [key.slice(priceKeyPrefix.length), { inputUsd, outputUsd }];
    }),
  );
}
