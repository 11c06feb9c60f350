import { canonicalJson } from '../../canonical-json';

/** What kinds of things are learnt from outcomes. */
export const InsightKind = {
  successPattern: 'success_pattern',
  failurePattern: 'failure_pattern',
  pitfall: 'pitfall',
  bottleneck: 'bottleneck',
  optimisation: 'optimisation',
  collaboration: 'collaboration',
  parameter: 'parameter',
  /** What an agent says that it found out. */
  discovery: 'discovery',
} as const;
export type InsightKind = (typeof InsightKind)[keyof typeof InsightKind];

/** What an insight is about; what is absent is of no account. */
export interface InsightScope {
  /** As in examples. */
  agent?: string;
  capability?: string;
  taskType?: string;
  plan?: string;
  task?: string;
}

/** What makes the difference, or what goes wrong, by name: `technology: python`. */
export type Feature = Readonly<Record<string, string>>;

export interface AttemptLink {
  session: string;
  run: string;
  attempt: number;
}

/** Something learnt from outcomes by a statistical test. */
export interface Insight {
  kind: InsightKind;
  scope: InsightScope;
  feature: Feature;
  /** In plain words, with its numbers. Parts that stem from agents are quoted and clipped. */
  says: string;
  /** 0–100: see `confidenceOf`. */
  confidence: number;
  /** What the numbers are of. */
  counts: Readonly<Record<string, number>>;
  /** The newest attempts that show it. */
  links: AttemptLink[];
  /** A setting that the numbers speak for. */
  advice?: Readonly<Record<string, number>>;
}

/** Equal for what is found again: kind, scope and feature, not the numbers. */
export function insightKey({ kind, scope, feature }: Pick<Insight, 'kind' | 'scope' | 'feature'>): string {
  return canonicalJson([kind, { ...scope }, { ...feature }]);
}

/** Below this an insight is kept, but neither shown unasked nor used; a workspace may say otherwise. */
export const defaultInsightConfidence = 70;
