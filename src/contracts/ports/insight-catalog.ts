import type { Distribution } from '../../domain/learning/insights/distribution';
import type { InsightEffect } from '../../domain/learning/insights/effect';
import type { Insight } from '../../domain/learning/insights/insight';
import type { Page } from './page';

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

/** What insights are ordered by: the smaller, the surer. */
export type SurenessOfInsight = [rank: number, id: string];

export function surenessOf({ expiredAt, confidence, id }: InsightOverview): SurenessOfInsight {
  // As the database has it: what is only said comes behind what was shown, and what holds no more behind all.
  return [(expiredAt === null ? 0 : 1_000) - (confidence ?? -1), id];
}

/** What people ask about insights. */
export interface InsightCatalog {
  /** The surest first; all, where no page is asked for. */
  list(workspace: string, filter: InsightFilter, page?: Page<SurenessOfInsight>): Promise<InsightOverview[]>;
  /** Of what is known by hearsay: it is not told again, whoever says it again. All or none. Throws INSIGHT_NOT_FOUND. */
  forget(workspace: string, ids: readonly string[]): Promise<void>;
}
