import type { OutcomeReport } from '../../domain/learning/outcome-report';

export interface OutcomeReportStore {
  /**
   * Keeps what work done elsewhere came to, and has it learnt; resolves with the number of those that were not there yet. `seed`: of the request; the number
   * is that of the first time. Throws AGENT_NOT_FOUND before anything is kept.
   */
  add(workspace: string, reports: readonly OutcomeReport[], seed?: string): Promise<number>;
}
