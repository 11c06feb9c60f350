import type { Measurements, QueueMeasurement, ScheduleMeasurement } from '../../domain/health/measurements';

/** Looks at the servers from outside. */
export interface ServerProbe {
  /** Rejects where Temporal does not answer. */
  temporal(): Promise<{ latencyMs: number; queues: QueueMeasurement[]; schedules: ScheduleMeasurement[] }>;
  disk(): Promise<Measurements['disk']>;
}
