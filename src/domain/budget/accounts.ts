import { budgetUnits } from './amounts';
import type { Amounts, BudgetUnit } from './amounts';
import { readRateAccount, workspaceRateAccount } from './rate-accounts';
import type { RatePeriod } from './rate-accounts';

/** A limit of one unit of an account. */
export interface AccountLimit {
  account: string;
  unit: BudgetUnit;
  limit: number;
}

/** Parts of the calendar, in UTC, for which a workspace has budgets. */
export const budgetPeriods = ['day', 'month'] as const;
export type BudgetPeriod = (typeof budgetPeriods)[number];

/** What a workspace can limit for: `now` is for attempts in flight, whatever was used before; `rate/…` for those that start in a window. */
export type LimitPeriod = BudgetPeriod | 'now' | RatePeriod;

export interface WorkspaceLimit {
  period: LimitPeriod;
  unit: BudgetUnit;
  limit: number;
}

/** What is used of one unit of an account. */
export interface Balance extends AccountLimit {
  /** By attempts in flight, which may give some of it back. */
  reserved: number;
  /** By attempts that are over, and of which nobody knows what they used. */
  kept: number;
  spent: number;
}

/** Of attempts in flight in a workspace: what they have used is of no account to it, only that they are there. */
export const placesAccount = 'workspace/now';

/** Whether a want of it passes by itself: nothing fails, and nobody is asked, because of it. */
export function isForNow(account: string): boolean {
  return account === placesAccount || readRateAccount(account) !== undefined;
}

/** Whether those who wait for it are told in order: it is of the workspace, and all attempts want the same of it. */
export function isWaitedForInLine(account: string): boolean {
  return isForNow(account) && account.startsWith('workspace/');
}

/** What counts against the limit of an account besides what is reserved. */
export function usedOf({ account, kept, spent }: Pick<Balance, 'account' | 'kept' | 'spent'>): number {
  return account === placesAccount ? 0 : kept + spent;
}

/** Names of accounts. Their order is the order in which they are locked: a session's comes before those of its tasks, a workspace's last. */
export const accountNames = {
  session: (session: string): string => `session/${session}`,
  task: (session: string, task: string): string => `task/${session}/${task}`,
  /** `now`: milliseconds since 1970. */
  workspace: (period: LimitPeriod, now: number): string => {
    if (period === 'now') return placesAccount;
    if (period !== 'day' && period !== 'month') return workspaceRateAccount(period, now);
    return `workspace/${period}/${new Date(now).toISOString().slice(0, period === 'day' ? 10 : 7)}`;
  },
};

/** `the budget of task "review"`. */
export function accountWords(account: string): string {
  const [kind, first = '', ...rest] = account.split('/');
  switch (kind) {
    case 'session':
      return `the budget of session ${first}`;
    case 'task':
      return `the budget of task "${rest.join('/')}" in session ${first}`;
    default:
      return `the budget of the workspace for ${rest.join('/')}`;
  }
}

export function limitsOf(account: string, budget: Amounts | undefined): AccountLimit[] {
  return budgetUnits.flatMap((unit) => {
    const limit = budget?.[unit];
    return limit === undefined ? [] : [{ account, unit, limit }];
  });
}

export interface BudgetScope {
  session: string;
  /** Of the sessions and tasks above a child session. */
  inherited: readonly AccountLimit[];
  sessionBudget: Amounts | undefined;
  task: string;
  taskBudget: Amounts | undefined;
}

/** The limits that an attempt of the task, or its child session, has to keep to, besides those of the workspace. */
export function limitsOfTask({ session, inherited, sessionBudget, task, taskBudget }: BudgetScope): AccountLimit[] {
  return [
    ...inherited,
    ...limitsOf(accountNames.session(session), sessionBudget),
    ...limitsOf(accountNames.task(session, task), taskBudget),
  ];
}

export function limitsOfWorkspace(limits: readonly WorkspaceLimit[], now: number): AccountLimit[] {
  return limits.map(({ period, unit, limit }) => ({ account: accountNames.workspace(period, now), unit, limit }));
}
