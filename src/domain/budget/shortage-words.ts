import { accountWords, isForNow, placesAccount, usedOf } from './accounts';
import type { Balance } from './accounts';
import type { Shortage } from './admit';
import { formatAmount } from './amounts';
import type { BudgetUnit } from './amounts';
import { readRateAccount } from './rate-accounts';
import { startsWords } from './starts-words';

/** Why an attempt does not fit its budgets, for people. */
export function shortageWords(shortages: readonly Shortage[]): string {
  return shortages.map(wordsOf).join(' ');
}

function wordsOf({ account, unit, limit, spent, kept, reserved, wanted }: Shortage): string {
  const amount = (value: number): string => formatAmount(unit, value);
  if (wanted === undefined) {
    return (
      `${sentence(accountWords(account))} is limited to ${amount(limit)}, and nobody knows what this attempt may use. ` +
      `Give its task ${remedy[unit]}.`
    );
  }
  const keptWords = kept > 0 ? `, ${amount(kept)} kept for attempts of unknown use` : '';
  return (
    `${sentence(accountWords(account))} has no room for ${amount(wanted)}: of ${amount(limit)}, ` +
    `${amount(spent)} spent${keptWords}, ${amount(reserved)} reserved.`
  );
}

/** What is waited for where nothing is short but what passes by itself; else null. */
export function waitWordsOf(shortages: readonly Shortage[]): string | null {
  return shortages.every(({ account }) => isForNow(account)) ? shortages.map(forNowWords).join(', and for ') : null;
}

/** `room in the workspace: 50 of 50`. */
function forNowWords(shortage: Shortage): string {
  const { account, limit, reserved, ahead = 0 } = shortage;
  const others = ahead > 0 ? `, and ${ahead} wait before it` : '';
  if (account === placesAccount) return `room in the workspace: ${reserved} of ${limit}${others}`;
  return `starts in the workspace: ${rateWords(shortage)}${others}`;
}

/** Of an account of starts; undefined of any other. */
export function rateWords(balance: Balance): string | undefined {
  const rate = readRateAccount(balance.account);
  return rate && startsWords({ ...rate, used: usedOf(balance) + balance.reserved, limit: balance.limit });
}

const remedy: Record<BudgetUnit, string> = {
  costMicros: 'a `reserve: { costUsd: … }`, or its agent both `cost.perAttemptUsd` and `cost.perHourUsd`',
  tokens: 'a `reserve: { tokens: … }`',
  attempts: 'a budget of attempts that is larger',
  timeMs: 'a `timeout`',
};

function sentence(words: string): string {
  return words.charAt(0).toUpperCase() + words.slice(1);
}
