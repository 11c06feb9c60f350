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

export interface InsightOverview extends Insight {
  id: string;
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
}
