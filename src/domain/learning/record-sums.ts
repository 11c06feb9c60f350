import type { AgentRecord } from '../agents/agent';
import { costPlus, costsTogether, noCosts, scaledCost } from './cost-sums';

/** What an attempt came to, as far as it says something of its agent. */
export interface LearnedOutcome {
  /** 0–1: a verdict is 0 or 1, and what people say of it may be in between. */
  success: number;
  durationMs: number | null;
  /** Absent or null where nobody knows. */
  costUsd?: number | null;
  /** 0–1, where it was measured; absent or null where it was not. */
  quality?: number | null;
  /** It came after a failed attempt of the same run. */
  isRetry?: boolean;
}

export const emptyRecord: AgentRecord = { succeeded: 0, failed: 0, logDurationSum: 0, logDurationSquareSum: 0 };

/** All sums of the record, times the factor: what it says stays the same, and weighs less. */
export function scaled(record: AgentRecord, factor: number): AgentRecord {
  const { succeeded, failed, logDurationSum, logDurationSquareSum, cost, quality, retries } = record;
  return {
    succeeded: factor * succeeded,
    failed: factor * failed,
    logDurationSum: factor * logDurationSum,
    logDurationSquareSum: factor * logDurationSquareSum,
    ...(cost && { cost: scaledCost(cost, factor) }),
    ...(quality && { quality: { count: factor * quality.count, sum: factor * quality.sum } }),
    ...(retries && { retries: { count: factor * retries.count, succeeded: factor * retries.succeeded } }),
  };
}

/** With one outcome of that weight. Durations count as much as their success. */
export function plus(
  record: AgentRecord,
  { success, durationMs, costUsd, quality, isRetry }: LearnedOutcome,
  weight: number,
): AgentRecord {
  const log = Math.log(Math.max(1, durationMs ?? 1));
  const costs = typeof costUsd === 'number' ? costPlus(record.cost ?? noCosts, costUsd, weight) : record.cost;
  const { quality: before = { count: 0, sum: 0 } } = record;
  const qualities =
    typeof quality === 'number' ? { count: before.count + weight, sum: before.sum + weight * quality } : record.quality;
  const { retries: tried = { count: 0, succeeded: 0 } } = record;
  const retries = isRetry
    ? { count: tried.count + weight, succeeded: tried.succeeded + weight * success }
    : record.retries;
  return {
    succeeded: record.succeeded + weight * success,
    failed: record.failed + weight * (1 - success),
    logDurationSum: record.logDurationSum + weight * success * log,
    logDurationSquareSum: record.logDurationSquareSum + weight * success * log ** 2,
    ...(costs && { cost: costs }),
    ...(qualities && { quality: qualities }),
    ...(retries && { retries }),
  };
}

export function outcomesIn({ succeeded, failed }: AgentRecord): number {
  return succeeded + failed;
}

/** What is left of a record without one that is part of it. What rounding leaves below nothing is nothing. */
export function without(whole: AgentRecord, part: AgentRecord): AgentRecord {
  const rest = together(whole, scaled(part, -1));
  return { ...rest, succeeded: Math.max(0, rest.succeeded), failed: Math.max(0, rest.failed) };
}

/** What two records come to together. */
export function together(one: AgentRecord, other: AgentRecord): AgentRecord {
  const costs = [one.cost, other.cost].filter((cost) => cost !== undefined);
  const qualities = [one.quality, other.quality].filter((quality) => quality !== undefined);
  const retries = [one.retries, other.retries].filter((tried) => tried !== undefined);
  return {
    succeeded: one.succeeded + other.succeeded,
    failed: one.failed + other.failed,
    logDurationSum: one.logDurationSum + other.logDurationSum,
    logDurationSquareSum: one.logDurationSquareSum + other.logDurationSquareSum,
    ...(costs.length > 0 && { cost: costs.reduce(costsTogether) }),
    ...(qualities.length > 0 && {
      quality: qualities.reduce((total, { count, sum }) => ({ count: total.count + count, sum: total.sum + sum })),
    }),
    ...(retries.length > 0 && {
      retries: retries.reduce((sum, { count, succeeded }) => ({
        count: sum.count + count,
        succeeded: sum.succeeded + succeeded,
      })),
    }),
  };
}
