import { accountNames, budgetPeriods, isForNow, usedOf } from './accounts';
import type { AccountLimit, Balance } from './accounts';
import { Admissions } from './admit';
import type { Amounts } from './amounts';
import { accountAt, readRateAccount } from './rate-accounts';

/** A run that waits for its budgets, or for an answer to a question about them. */
export interface BudgetWaiter {
  /** What it would reserve; null where nobody knows. */
  wants: (AccountLimit & { wanted: number | null })[];
  /** Of the question that was asked, where one was. */
  answer: 'open' | 'approved' | 'rejected' | 'withdrawn' | null;
}

/**
 * Those that can go on by now, one way or the other: their question is answered, there is room for them and those before them, or there
 * never will be.
 *
 * @param balances of starts those of the window that is open; with the limits as they are now; an account that has none is not limited any more
 * @param now milliseconds since 1970
 */
export function whoWakes<Waiter extends BudgetWaiter>(
  waiters: readonly Waiter[],
  balances: readonly Balance[],
  now: number,
): Waiter[] {
  const admissions = new Admissions(balances);
  const limits = new Map(balances.map((balance) => [keyOf(balance), balance.limit]));
  return waiters.filter(({ wants, answer }) => {
    if (answer !== null && answer !== 'open') return true;
    if (wants.some((want) => isOver(want, now))) return true;
    const { kind } = admissions.admit({
      limits: wants.map((want) => {
        const current = { ...want, account: accountAt(want.account, now) };
        return { ...current, limit: limits.get(keyOf(current)) ?? Infinity };
      }),
      amounts: amountsOf(wants),
    });
    return kind === 'fits' || (kind === 'over' && answer === null);
  });
}

/** When the first window opens that has starts again for those who wait; Infinity where nobody waits for one. */
export function nextWindowAt(balances: readonly Balance[]): number {
  const usedUp = balances.filter((balance) => usedOf(balance) + balance.reserved >= balance.limit);
  return Math.min(...usedUp.map(({ account }) => readRateAccount(account)?.endsAt ?? Infinity));
}

/** The day or the month that was waited for has passed. */
function isOver({ account }: AccountLimit, now: number): boolean {
  return (
    account.startsWith('workspace/') &&
    !isForNow(account) &&
    !budgetPeriods.some((period) => accountNames.workspace(period, now) === account)
  );
}

function amountsOf(wants: BudgetWaiter['wants']): Amounts {
  return Object.fromEntries(wants.flatMap(({ unit, wanted }) => (wanted === null ? [] : [[unit, wanted]])));
}

function keyOf({ account, unit }: AccountLimit): string {
  return `${account} ${unit}`;
}
