import { durationWords } from '../duration';

/** What budgets are counted in. Money is counted in millionths of a US dollar, always whole ones; time is that of agents at work. */
export const budgetUnits = ['costMicros', 'tokens', 'attempts', 'timeMs'] as const;
export type BudgetUnit = (typeof budgetUnits)[number];

/** So much of some units. A unit that is absent is not limited, or not known, never zero. */
export type Amounts = Partial<Record<BudgetUnit, number>>;

const microsPerUsd = 1_000_000;

/** The most money that is counted: beyond it, doubles tell millionths apart no more. */
export const maxUsd = 1_000_000_000;

/** To the nearest millionth. */
export function microsOf(usd: number): number {
  return Math.round(usd * microsPerUsd);
}

export function usdOf(micros: number): number {
  return micros / microsPerUsd;
}

/** `$0.25`; more than two digits where there are any. */
export function formatMicros(micros: number): string {
  const whole = Math.trunc(micros / microsPerUsd);
  const rest = String(Math.abs(micros % microsPerUsd)).padStart(6, '0');
  return `$${whole}.${rest.slice(0, 2)}${rest.slice(2).replace(/0+$/, '')}`;
}

/** An amount in words: `$0.25`, `1200 tokens`, `1 attempt`, `7h 59m`. */
export function formatAmount(unit: BudgetUnit, amount: number): string {
  switch (unit) {
    case 'costMicros':
      return formatMicros(amount);
    case 'tokens':
      return `${amount} ${amount === 1 ? 'token' : 'tokens'}`;
    case 'attempts':
      return `${amount} ${amount === 1 ? 'attempt' : 'attempts'}`;
    case 'timeMs':
      return amount < 0 ? `-${durationWords(-amount)}` : durationWords(amount);
  }
}
