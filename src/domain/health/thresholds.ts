import { isBad } from './finding';
import type { FindingStatus } from './finding';

/** From where on a measured value is a warning, and critical; lower values are worse where `critical` is lower. */
export interface Threshold {
  warning: number;
  /** Infinite where it is never critical. */
  critical: number;
}

const minuteMs = 60_000;

export const thresholds = {
  'database-latency': { warning: 250, critical: 2_000 },
  'database-connections': { warning: 0.8, critical: 0.95 },
  'temporal-latency': { warning: 500, critical: 5_000 },
  backlog: { warning: minuteMs, critical: 10 * minuteMs },
  disk: { warning: 0.1, critical: 0.03 },
  'event-loop': { warning: 250, critical: 2_000 },
  memory: { warning: 0.85, critical: 0.95 },
  leases: { warning: 1, critical: 100 },
  reservations: { warning: 1, critical: 100 },
  'untaken-outcomes': { warning: 1, critical: 100 },
  'unlearned-outcomes': { warning: 10 * minuteMs, critical: Infinity },
  /** In intervals of the schedule. */
  schedule: { warning: 3, critical: Infinity },
} satisfies Record<string, Threshold>;

/** A value has to come back by this share behind a limit that it had passed, so that it does not go to and fro. */
export const calmShare = 0.1;

/** What the value says, given what the sweep before said. */
export function judge(value: number, { warning, critical }: Threshold, before: FindingStatus = 'ok'): FindingStatus {
  const isWorseBelow = critical < warning;
  const passed = (limit: number, wasPassed: boolean): boolean => {
    if (!wasPassed) return isWorseBelow ? value <= limit : value >= limit;
    return isWorseBelow ? value <= limit * (1 + calmShare) : value >= limit * (1 - calmShare);
  };
  if (passed(critical, before === 'critical')) return 'critical';
  return passed(warning, isBad(before)) ? 'warning' : 'ok';
}
