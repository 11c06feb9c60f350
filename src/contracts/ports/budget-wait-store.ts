import type { Balance } from '../../domain/budget/accounts';
import type { BudgetWaiter } from '../../domain/budget/who-wakes';

/** Runs that wait for their budgets, across sessions and workspaces. */
export interface BudgetWaitStore {
  /**
   * Of those who wait for the same accounts the first in line, so many at most, and all whose questions are answered; by workspace, with its accounts as
   * they are: of starts, those of the window that is open. `now`: milliseconds since 1970.
   */
  look(limit: number): Promise<{ now: number; workspaces: WaitingWorkspace[] }>;
  /** Notes that the runs are told; returns those that nobody was about to tell within the last `pauseMs`. */
  markWoken(ids: readonly number[], pauseMs: number): Promise<number[]>;
}

export interface WaitingWorkspace {
  workspace: string;
  waiters: WaitingRun[];
  balances: Balance[];
}

export interface WaitingRun extends BudgetWaiter {
  /** Of this wait: the run may wait again later. */
  id: number;
  session: string;
  run: string;
}
