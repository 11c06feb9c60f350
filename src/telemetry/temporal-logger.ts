import { DefaultLogger } from '@temporalio/worker/lib/logger';
import type { LogLevel as TemporalLevel, Logger as TemporalLogger } from '@temporalio/worker';
import type { Logger } from 'pino';

const levels = { TRACE: 'debug', DEBUG: 'debug', INFO: 'info', WARN: 'warn', ERROR: 'error' } as const;

/** The least that Temporal's SDK says where there is no log: what is wrong with the SDK itself. */
export const temporalLevel = (level: string): TemporalLevel =>
  level === 'silent' ? 'ERROR' : (level.toUpperCase() as TemporalLevel);

/** What Temporal's SDK says, as lines of our log; its workflows and activities are named in fields of theirs. */
export function temporalLogger(log: Logger): TemporalLogger {
  return new DefaultLogger(temporalLevel(log.level), ({ level, message, meta }) => {
    const known: Record<string, unknown> = meta ?? {};
    const { sdkComponent, taskQueue, workflowId, runId, activityId, activityType, attempt, error } = known;
    const fields = { sdkComponent, taskQueue, workflowId, runId, activityId, activityType, attempt, err: error };
    log[levels[level]](fields, `Temporal: ${message}`);
  });
}
