import type { Balance } from '../budget/accounts';
import { accountNames, accountWords } from '../budget/accounts';
import { formatAmount } from '../budget/amounts';
import type { Forecast } from './forecast';
import { forecast } from './forecast';
import type { Sample } from './trend';

/** Something that runs out, or that gets done, if it all goes on as it did. */
export interface Prediction extends Forecast {
  /** `disk`, `queue`, or the name of the account of a budget with its unit. */
  what: string;
  message: string;
  /** Null where nothing needs to be done. */
  action: string | null;
}

/** The queue is looked at as if it ended here: nobody waits for so many. */
const longestQueue = 10_000;

export function predictDisk(freeBytes: readonly Sample[]): Prediction[] {
  const found = forecast(freeBytes, 0, 'falling');
  if (!found) return [];
  const action = 'Free some, or keep artifacts for a shorter time: ORCHESTRA_RETENTION_DAYS.';
  return [{ ...found, what: 'disk', message: 'The disk of the data folder gets full', action }];
}

export const databaseDiskAction =
  'Enlarge it, and ORCHESTRA_DATABASE_DISK_GB with it, or keep artifacts for a shorter time: ORCHESTRA_RETENTION_DAYS.';

/** @param sizeBytes of a database elsewhere, which may come to `statedBytes` */
export function predictDatabase(sizeBytes: readonly Sample[], statedBytes: number): Prediction[] {
  const found = forecast(sizeBytes, statedBytes, 'rising');
  if (!found) return [];
  return [{ ...found, what: 'disk', message: 'The disk of the database gets full', action: databaseDiskAction }];
}

/** @param waiting how many runs waited for an agent */
export function predictQueue(waiting: readonly Sample[]): Prediction[] {
  if ((waiting.at(-1)?.value ?? 0) === 0) return [];
  const empty = forecast(waiting, 0, 'falling');
  if (empty) return [{ ...empty, what: 'queue', message: 'The waiting line is empty', action: null }];
  const full = forecast(waiting, longestQueue, 'rising');
  if (!full) return [];
  const action = 'Add agents, or see who waits for what: `orchestra queue`.';
  return [{ ...full, what: 'queue', message: `${longestQueue} tasks wait in line`, action }];
}

/** When a limit of the workspace is reached; not where its day or month ends before that. */
export function predictBudget(balance: Balance, used: readonly Sample[], now: number): Prediction[] {
  const { account, unit, limit } = balance;
  const period = (['day', 'month'] as const).find((one) => account === accountNames.workspace(one, now));
  const found = forecast(used, limit, 'rising');
  if (!period || !found || found.at >= endOf(period, now)) return [];
  return [
    {
      ...found,
      what: `${account} ${unit}`,
      message: `${capital(accountWords(account))}, ${formatAmount(unit, limit)}, is used up`,
      action: `Raise it, \`orchestra budget set --${period} …\`, or pause sessions.`,
    },
  ];
}

function endOf(period: 'day' | 'month', now: number): number {
  const date = new Date(now);
  const [year, month, day] = [date.getUTCFullYear(), date.getUTCMonth(), date.getUTCDate()];
  return period === 'day' ? Date.UTC(year, month, day + 1) : Date.UTC(year, month + 1, 1);
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
