import type { Balance, BudgetPeriod, WorkspaceLimit } from '../../domain/budget/accounts';

/** Limits of workspaces, and what is used of all limits. */
export interface BudgetStore {
  /** Of the workspace, today and this month. */
  ofWorkspace(workspace: string): Promise<Balance[]>;
  /** Of the session, its tasks, and the sessions above it. */
  ofSession(workspace: string, session: string): Promise<Balance[]>;
  /** What the attempts of the session itself came to, limited or not. */
  useOfSession(workspace: string, session: string): Promise<SessionUse>;
  /** Replaces the limits of the period; what was used in it so far counts. */
  setLimits(workspace: string, period: BudgetPeriod, limits: readonly Omit<WorkspaceLimit, 'period'>[]): Promise<void>;
}

export interface SessionUse {
  costMicros: number;
  tokens: number;
  /** That have ended or run. */
  attempts: number;
  /** Ended attempts of unknown cost. */
  unknown: number;
  /** Attempts that cost more than they had reserved: what their task or agent says of them is wrong. */
  overReservation: number;
}
