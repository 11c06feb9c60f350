import type { OutcomeReport } from '../../domain/learning/outcome-report';

export interface OutcomeReportStore {
  /**
   * Keeps what work done elsewhere came to, and has it learnt; resolves with the number of those that were not there yet. Throws AGENT_NOT_FOUND
   * before anything is kept.
   */
  add(workspace: string, reports: readonly OutcomeReport[]): Promise<number>;
}
