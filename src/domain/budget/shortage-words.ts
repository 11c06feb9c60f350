import { accountWords, placesAccount } from './accounts';
import type { Shortage } from './admit';
import { formatAmount } from './amounts';
import type { BudgetUnit } from './amounts';

/** Why an attempt does not fit its budgets, for people. */
export function shortageWords(shortages: readonly Shortage[]): string {
  return shortages.map(wordsOf).join(' ');
}

function wordsOf({ account, unit, limit, spent, kept, reserved, wanted }: Shortage): string {
  if (account === placesAccount) return `${sentence(placesWords({ limit, reserved }))}.`;
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

/** What is waited for where the workspace has no room, and nothing else is short; else null. */
export function placesWordsOf(shortages: readonly Shortage[]): string | null {
  const [first] = shortages;
  return first && shortages.every(({ account }) => account === placesAccount) ? placesWords(first) : null;
}

/** `room in the workspace: 50 of 50`. */
function placesWords({ limit, reserved }: Pick<Shortage, 'limit' | 'reserved'>): string {
  return `room in the workspace: ${reserved} of ${limit}`;
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
