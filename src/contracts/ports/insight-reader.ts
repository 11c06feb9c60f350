import type { StoredInsight } from '../../domain/learning/insights/relevant';
import type { RunTaskInput } from '../protocol/activities';

/** Insights for prompts. */
export interface InsightReader {
  /** Those that hold in the workspace and are as sure as it wants; some seconds old. */
  holding(workspace: string): Promise<readonly StoredInsight[]>;
  /** Notes that the prompt of an attempt tells these insights. */
  apply(attempt: RunTaskInput, insights: readonly string[]): Promise<void>;
}
