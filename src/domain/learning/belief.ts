import type { AgentRecord } from '../agents/agent';
import { hasDurations, smoothedSuccessRate } from './measured';
import type { SuccessPrior } from './measured';
import { emptyRecord, outcomesIn } from './record-sums';

/** Something that an agent does; the empty text: whatever was asked for, of any type. */
export interface Activity {
  capability?: string | undefined;
  taskType?: string | undefined;
}

export interface KnownRecords {
  /** Of all that the agent does. */
  record: AgentRecord;
  /** By `activityKey`, where it is known in parts. */
  records?: ReadonlyMap<string, AgentRecord>;
  /** Of an agent of another workspace: what that knows of it, where both want this to cross. */
  lent?: KnownRecords;
}

/** What is known of an agent in an activity. */
export interface Belief {
  /** Of the activity itself. */
  record: AgentRecord;
  /** What is expected of it before that; absent: what is expected of such an agent. */
  prior?: SuccessPrior;
  /** What its durations and costs are taken from; absent: the same record. */
  timing?: AgentRecord;
}

export function activityKey({ capability = '', taskType = '' }: Activity): string {
  return JSON.stringify([capability, taskType]);
}

/** Of one type of task: each outcome is in just one record with such a key. */
export function isOfOneType(key: string): boolean {
  return !key.endsWith(',""]');
}

/**
 * From what is expected of such an agent (expectations.ts), through what its own workspace lends, the agent, the capability, to the type of task: what is
 * known at one level, without what is known at the next, is what is expected there. It weighs as much as the workspace's prior, however much is known.
 */
export function beliefOf(known: KnownRecords, activity: Activity, expected: SuccessPrior): Belief {
  // Most agents: nothing to build for the thousands of them that are looked at.
  if (!known.records && !known.lent) return { record: known.record };
  const own = ownRecords(known, activity);
  const lent = known.lent && beliefOf(known.lent, activity, expected);
  let prior = lent
    ? { mean: smoothedSuccessRate(lent.record, lent.prior ?? expected), weight: expected.weight }
    : expected;
  for (let at = 1; at < own.length; at++) prior = priorBelow(own[at - 1] as AgentRecord, own[at] as AgentRecord, prior);
  const record = own.at(-1) as AgentRecord;
  const lentTiming = [lent?.timing, lent?.record].find((one) => one && hasDurations(one));
  const timing = own.findLast(hasDurations) ?? lentTiming ?? known.record;
  return { record, ...(prior !== expected && { prior }), ...(timing !== record && { timing }) };
}

/** From the widest to the narrowest. */
function ownRecords({ record, records }: KnownRecords, { capability, taskType }: Activity): AgentRecord[] {
  if (!records) return [record];
  const parts = [
    ...(capability === undefined ? [] : [{ capability }]),
    ...(taskType === undefined ? [] : [{ capability, taskType }]),
  ];
  return [record, ...parts.map((part) => records.get(activityKey(part)) ?? emptyRecord)];
}

/** What else is known at the wider level; the same object where that is nothing. */
export function priorBelow(wider: AgentRecord, narrower: AgentRecord, prior: SuccessPrior): SuccessPrior {
  const others = {
    ...emptyRecord,
    // What fades at different paces may come to less than nothing.
    succeeded: Math.max(0, wider.succeeded - narrower.succeeded),
    failed: Math.max(0, wider.failed - narrower.failed),
  };
  return outcomesIn(others) > 0 ? { mean: smoothedSuccessRate(others, prior), weight: prior.weight } : prior;
}
