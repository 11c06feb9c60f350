import { parseDuration } from '../duration';
import { OrchestraError } from '../errors';
import type { WorkspaceLimit } from './accounts';
import { maxUsd, microsOf, usdOf } from './amounts';
import type { BudgetUnit } from './amounts';

const units: Record<string, BudgetUnit> = { usd: 'costMicros', tokens: 'tokens', attempts: 'attempts' };

const form = 'write amounts as 10usd, 500000tokens, 200attempts or 8h, several with commas between them, or none';

/** Limits as they are written: `10usd,200attempts`; `none` for no limit. Throws USAGE. */
export function parseLimits(text: string): Omit<WorkspaceLimit, 'period'>[] {
  if (text === 'none') return [];
  const limits = text.split(',').map(parseLimit);
  const seen = new Set(limits.map(({ unit }) => unit));
  if (seen.size < limits.length) throw new OrchestraError('USAGE', `"${text}" limits the same twice: ${form}.`);
  return limits;
}

function parseLimit(text: string): Omit<WorkspaceLimit, 'period'> {
  const timeMs = parseDuration(text.trim());
  if (timeMs !== undefined) return { unit: 'timeMs', limit: timeMs };
  const [, sign, digits = '', word = ''] = /^(-?)(\d+(?:\.\d+)?)(usd|tokens|attempts)$/.exec(text.trim()) ?? [];
  const unit = units[word];
  if (!unit) throw new OrchestraError('USAGE', `"${text}" is no budget: ${form}.`);
  if (sign === '-') throw new OrchestraError('USAGE', `A budget must not be negative, and "${text}" is.`);
  const amount = Number(digits);
  if (unit === 'costMicros') {
    if (amount > maxUsd) throw new OrchestraError('USAGE', `A budget has at most ${maxUsd} US dollars.`);
    if (usdOf(microsOf(amount)) !== amount) {
      throw new OrchestraError('USAGE', `"${text}" has more than 6 digits after the point.`);
    }
    return { unit, limit: microsOf(amount) };
  }
  if (!Number.isSafeInteger(amount)) throw new OrchestraError('USAGE', `"${text}" must be a whole number.`);
  return { unit, limit: amount };
}
