/** What those who operate an installation want to see of all its workspaces together. */
export interface OperationsReader {
  read(): Promise<Operations>;
}

export interface Operations {
  openSessions: number;
  /** Attempts that were given to agents and have not ended. */
  openAttempts: number;
  /** Runs that wait, by what they wait for, and how long the first of them has. */
  waiting: { reason: 'agent' | 'budget' | 'resource'; runs: number; oldestSeconds: number }[];
  /** Outcomes that are still to be learnt. */
  unlearnedOutcomes: number;
  /** Limits of workspaces, those first that are used up most; so many of them as are told. */
  budgets: BudgetUse[];
}

export interface BudgetUse {
  workspace: string;
  period: string;
  unit: string;
  limit: number;
  /** Spent, reserved, and kept for attempts that were lost. */
  used: number;
}
