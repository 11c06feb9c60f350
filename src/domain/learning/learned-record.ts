import type { AgentRecord } from '../agents/agent';

export const emptyRecord: AgentRecord = { succeeded: 0, failed: 0, logDurationSum: 0, logDurationSquareSum: 0 };

/** After this long an outcome weighs half. */
export const halfLifeMs = 30 * 86_400_000;

/** What each further outcome leaves of the weight of those before it. */
export const forgetting = 0.98;

/** The record with one outcome more; those before it fade with the time between and with the outcome itself. */
export function recordOutcome(
  { record, asOf }: { record: AgentRecord; asOf: number },
  { success, durationMs, endedAt }: { success: number; durationMs: number | null; endedAt: number },
): { record: AgentRecord; asOf: number } {
  const kept = forgetting * 0.5 ** (Math.max(0, endedAt - asOf) / halfLifeMs);
  const logDuration = Math.log(Math.max(1, durationMs ?? 1));
  return {
    record: {
      succeeded: kept * record.succeeded + success,
      failed: kept * record.failed + 1 - success,
      logDurationSum: kept * record.logDurationSum + success * logDuration,
      logDurationSquareSum: kept * record.logDurationSquareSum + success * logDuration ** 2,
    },
    asOf: Math.max(asOf, endedAt),
  };
}
