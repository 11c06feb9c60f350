import type { SessionUse } from '../contracts/ports/budget-store';
import type { Balance, BudgetPeriod, WorkspaceLimit } from '../domain/budget/accounts';
import type { ClientDependencies } from './client-dependencies';

/** Limits and what is used of them, in the workspace of the client. */
export class Budgets {
  constructor(private readonly dependencies: Pick<ClientDependencies, 'budgets' | 'workspace'>) {}

  /** Of the workspace, today and this month (UTC). */
  ofWorkspace(): Promise<Balance[]> {
    return this.dependencies.budgets.ofWorkspace(this.dependencies.workspace);
  }

  /** Of the session, its tasks, and the sessions above it. */
  ofSession(session: string): Promise<Balance[]> {
    return this.dependencies.budgets.ofSession(this.dependencies.workspace, session);
  }

  useOfSession(session: string): Promise<SessionUse> {
    return this.dependencies.budgets.useOfSession(this.dependencies.workspace, session);
  }

  /** Replaces the limits of the period. */
  setLimits(period: BudgetPeriod, limits: readonly Omit<WorkspaceLimit, 'period'>[]): Promise<void> {
    return this.dependencies.budgets.setLimits(this.dependencies.workspace, period, limits);
  }
}
