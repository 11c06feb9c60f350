import { runChecks } from './checks';
import type { Detector } from './detector';
import { newDetector, observe } from './detector';
import { findingKey } from './finding';
import type { Measurements } from './measurements';
import { isStated, isUnreachable } from './measurements';
import { watchedMetrics } from './metrics';
import type { Prediction } from './predictions';
import { predictBudget, predictDatabase, predictDisk, predictQueue } from './predictions';
import type { HealthEvent, HealthReport } from './report';
import { anomaliesOf, buildReport, changesOf } from './report';
import type { Sample } from './trend';

/** What the sweeps before have left behind. */
export interface SweepPast {
  report: HealthReport | undefined;
  /** By metric. */
  detectors: Readonly<Record<string, Detector>>;
  /** Attempts that ended since the sweep before, each counted by one sweep; and those of them that failed. */
  ended: number;
  failed: number;
  /** Samples of what is predicted, by metric, in order of time. */
  history: Readonly<Record<string, readonly Sample[]>>;
}

export interface SweepResult {
  report: HealthReport;
  detectors: Record<string, Detector>;
  /** What was measured, by metric. */
  samples: Record<string, number>;
  events: HealthEvent[];
}

/** Metrics that are kept for predictions. */
export const predictedMetrics = {
  disk: 'disk.free',
  database: 'database.size',
  queue: 'line.waiting',
  budget: (account: string, unit: string): string => `budget.${account}.${unit}`,
} as const;

/** One look at everything. Pure: the same past and measurements come to the same. */
export function sweep(measured: Measurements, past: SweepPast): SweepResult {
  const samples = samplesOf(measured, past);
  const before = new Map(past.report?.findings.map((finding) => [findingKey(finding), finding.status]));
  const detectors = new Map(Object.entries(past.detectors));
  for (const [metric, watched] of Object.entries(watchedMetrics)) {
    const value = samples[metric];
    if (value === undefined) continue;
    detectors.set(metric, observe(watched, detectors.get(metric) ?? newDetector, measured.at, value));
  }
  const report = buildReport(
    measured.at,
    runChecks(measured, before),
    anomaliesOf(detectors),
    predictionsOf(measured, past.history, samples),
  );
  return { report, detectors: Object.fromEntries(detectors), samples, events: changesOf(past.report, report) };
}

function samplesOf(
  { database, temporal, processes, disk, work }: Measurements,
  past: SweepPast,
): Record<string, number> {
  const isBusy = work !== null && work.running + work.waiting > 0;
  return {
    ...(!isUnreachable(database) && {
      'database.latency': database.latencyMs,
      'database.connections': database.connections / database.maxConnections,
    }),
    ...(!isUnreachable(temporal) && { 'temporal.latency': temporal.latencyMs }),
    ...(processes.length > 0 && {
      'process.eventLoop': Math.max(...processes.map((one) => one.eventLoopDelayMs)),
      'process.memory': Math.max(...processes.map((one) => one.residentBytes)),
    }),
    ...(work && { 'attempts.failed': past.failed, [predictedMetrics.queue]: work.waiting }),
    // Where there is nothing to do, nothing ends.
    ...(isBusy && { 'attempts.ended': past.ended }),
    ...(disk && !isStated(disk) && { [predictedMetrics.disk]: disk.freeBytes }),
    ...(disk && isStated(disk) && !isUnreachable(database) && { [predictedMetrics.database]: database.sizeBytes }),
    ...Object.fromEntries(
      (work?.budgets ?? []).map(({ account, unit, reserved, kept, spent }) => [
        predictedMetrics.budget(account, unit),
        reserved + kept + spent,
      ]),
    ),
  };
}

function predictionsOf(
  { at, disk, work }: Measurements,
  history: SweepPast['history'],
  samples: Record<string, number>,
): Prediction[] {
  const upToNow = (metric: string): Sample[] => {
    const value = samples[metric];
    return [...(history[metric] ?? []), ...(value === undefined ? [] : [{ at, value }])];
  };
  const statedBytes = disk && isStated(disk) ? disk.statedBytes : null;
  return [
    ...predictDisk(upToNow(predictedMetrics.disk)),
    ...(statedBytes === null ? [] : predictDatabase(upToNow(predictedMetrics.database), statedBytes)),
    ...predictQueue(upToNow(predictedMetrics.queue)),
    ...(work?.budgets ?? []).flatMap((balance) =>
      predictBudget(balance, upToNow(predictedMetrics.budget(balance.account, balance.unit)), at),
    ),
  ];
}
