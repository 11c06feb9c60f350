import { z } from 'zod';
import { maxUsd, microsOf, usdOf } from '../../domain/budget/amounts';
import type { Amounts } from '../../domain/budget/amounts';
import { duration, strictObject } from './plan-fields';

const notNegative = 'must not be negative';

/** Dollars as they are written, with at most six digits after the point. */
const costUsd = z
  .number()
  .min(0, notNegative)
  .max(maxUsd)
  .refine((usd) => usdOf(microsOf(usd)) === usd, 'must have at most 6 digits after the point')
  .describe('US dollars.');

const count = z.int().min(0, notNegative);

/** Turns dollars into the unit that is counted in. */
function toAmounts({
  costUsd,
  time,
  ...counts
}: {
  costUsd?: number;
  tokens?: number;
  attempts?: number;
  time?: number;
}): Amounts {
  return {
    ...(costUsd !== undefined && { costMicros: microsOf(costUsd) }),
    ...counts,
    ...(time !== undefined && { timeMs: time }),
  };
}

export const budgetSchema = strictObject({
  costUsd: costUsd.exactOptional(),
  tokens: count.exactOptional().describe('Tokens.'),
  attempts: count.exactOptional().describe('Attempts that are begun.'),
  time: duration('Time that agents are at work, all together.').exactOptional(),
})
  .refine((budget) => Object.keys(budget).length > 0, 'needs at least one of costUsd, tokens, attempts and time')
  .transform(toAmounts);

export const reserveSchema = strictObject({
  costUsd: costUsd.exactOptional(),
  tokens: count.exactOptional().describe('Tokens.'),
})
  .transform(toAmounts)
  .describe(
    'The most that one attempt may use. Default: what its agent costs in the time it may take, where that is known.',
  );

export const onBudgetSchema = z
  .enum(['fail', 'ask'])
  .describe('Where a budget has no room for an attempt: the task fails, or waits for an approval. Default fail.');
