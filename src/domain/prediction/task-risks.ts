import type { Balance } from '../budget/accounts';
import { formatAmount, microsOf } from '../budget/amounts';
import { aboutDuration, count, usd } from '../routing/plain-words';
import type { ExpectedAttempt } from './expected-attempt';

/** What is known of a task besides its agent. */
export interface TaskCircumstances {
  /** Of one attempt. */
  timeoutMs: number;
  /** Bytes; null where too few are known. */
  inputs: { bytes: number; largestBytes: number; sessions: number } | null;
  /** What insights say goes wrong with such tasks. */
  pitfalls: readonly string[];
  /** Millionths of a dollar that the task may cost with all its attempts, and that are reserved for each of them; absent where the plan does not say. */
  budgetMicros?: number;
  reservedMicros?: number;
}

/** A timeout that is so near to what nine of ten need ends one of ten, or nearly. */
const nearTimeout = 0.8;

/** Of a budget: what is left when it is nearly spent. */
const nearlySpent = 0.1;

const mostPitfalls = 3;

/** What may go wrong because of the task itself, each with what shows it, in plain words. */
export function taskRisksOf(
  { timeoutMs, inputs, pitfalls, budgetMicros, reservedMicros }: TaskCircumstances,
  expected?: ExpectedAttempt,
): string[] {
  const p90 = expected?.durationMs?.p90;
  return [
    ...(p90 !== undefined && p90 >= nearTimeout * timeoutMs
      ? [
          `timeout: one of ten takes longer than ${aboutDuration(p90)}, and all are ended after ${aboutDuration(timeoutMs)}`,
        ]
      : []),
    ...(inputs && inputs.bytes > inputs.largestBytes
      ? [
          `large inputs: ${size(inputs.bytes)}, and at most ${size(inputs.largestBytes)} in ${count(inputs.sessions, 'session')} before`,
        ]
      : []),
    ...costRisks('budget', 'the task may use', budgetMicros, expected),
    ...costRisks('reservation', 'for each is reserved', reservedMicros, expected),
    ...pitfalls.slice(0, mostPitfalls).map((says) => `pitfall: ${says}`),
  ];
}

function costRisks(risk: string, whatIs: string, micros: number | undefined, expected?: ExpectedAttempt): string[] {
  const p90 = expected?.costUsd?.p90;
  if (micros === undefined || p90 === undefined || microsOf(p90) <= micros) return [];
  return [`${risk}: one of ten costs more than ${usd(p90)}, and ${whatIs} ${formatAmount('costMicros', micros)}`];
}

/** Of the workspace. */
export function budgetRisksOf(balances: readonly Balance[]): string[] {
  return balances.flatMap(({ account, unit, limit, spent, kept, reserved }) => {
    const left = Math.max(0, limit - spent - kept - reserved);
    if (left > nearlySpent * limit) return [];
    return [`budget: ${formatAmount(unit, left)} of ${formatAmount(unit, limit)} are left of ${account}`];
  });
}

function size(bytes: number): string {
  return bytes < 1_000 ? `${bytes} bytes` : `${(bytes / 1_000).toFixed(1)} kB`;
}
