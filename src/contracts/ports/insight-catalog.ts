import type { Distribution } from '../../domain/learning/insights/distribution';
import type { InsightEffect } from '../../domain/learning/insights/effect';
import type { Insight } from '../../domain/learning/insights/insight';

export interface InsightFilter {
  /** As insights name it: `workspace/name`. */
  agent?: string;
  capability?: string;
  taskType?: string;
  /** With those that are not sure enough, and those that have expired. */
  all: boolean;
}

/** Who says what is known by hearsay only: an agent, as insights name it; or another workspace, with how sure it is. */
export type InsightSource = { agent: string } | { workspace: string; confidence: number };

export interface InsightOverview extends Omit<Insight, 'confidence'> {
  id: string;
  /** 0–100; null while only somebody says so. */
  confidence: number | null;
  /** Null of what outcomes of the workspace showed. */
  source: InsightSource | null;
  /** Milliseconds since 1970. */
  firstSeen: number;
  lastSeen: number;
  expiredAt: number | null;
  /** Attempts whose prompts told it. */
  applied: number;
  effect: InsightEffect | null;
  /** Of an insight on one agent: where it holds among the others of the capability. */
  distribution: Distribution | null;
}

/** What people ask about insights. */
export interface InsightCatalog {
  /** The surest first. */
  list(workspace: string, filter: InsightFilter): Promise<InsightOverview[]>;
  /** Of what is known by hearsay: it is not told again, whoever says it again. All or none. Throws INSIGHT_NOT_FOUND. */
  forget(workspace: string, ids: readonly string[]): Promise<void>;
}
