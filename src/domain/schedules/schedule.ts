import type { ValueFault } from '../faulty-value';
import type { JsonObject } from '../json';

/** What becomes of a run that is due while the one before has not ended. */
export const overlapPolicies = ['skip', 'buffer-one', 'buffer-all', 'cancel-other', 'allow-all'] as const;
export type OverlapPolicy = (typeof overlapPolicies)[number];

/** When a schedule runs its plan. */
export interface ScheduleTimes {
  /** Cron expressions of 5 to 7 fields, or @daily and the like; it runs at the times of all of them. */
  cron: string[];
  /** Of the cron expressions, as the IANA names it. */
  timeZone: string;
  overlap: OverlapPolicy;
  /** Runs that were missed while the servers were away are made up for, where they are no older than this. */
  catchUpMs: number;
}

/** A plan that runs again and again. */
export interface ScheduleDefinition extends ScheduleTimes {
  name: string;
  planName: string;
  planHash: string;
  inputs: JsonObject;
  /** Folder that relative paths of the plan are resolved against. */
  baseDirectory: string;
}

const field = String.raw`[\dA-Za-z*/,?-]+`;
const cronPattern = new RegExp(
  String.raw`^(@(yearly|annually|monthly|weekly|daily|midnight|hourly)|${field}( ${field}){4,6})$`,
);

/** Why the times cannot be used, or nothing. Whether each field of a cron expression is within its bounds, only Temporal says. */
export function scheduleFault({ cron, timeZone }: Pick<ScheduleTimes, 'cron' | 'timeZone'>): ValueFault | undefined {
  const wrong = cron.findIndex((one) => !cronPattern.test(one));
  const text = cron[wrong];
  if (text !== undefined) {
    const detail = `"${text}" is no cron expression: write 5 fields, such as "0 3 * * 1-5", or @daily`;
    // One of them may have been given without a list.
    return { path: cron.length === 1 ? ['cron'] : ['cron', wrong], detail };
  }
  try {
    new Intl.DateTimeFormat('en', { timeZone });
    return undefined;
  } catch {
    const detail = `"${timeZone}" is no time zone: name one of the IANA, such as Europe/Berlin`;
    return { path: ['timeZone'], detail };
  }
}
