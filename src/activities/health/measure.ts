import type { HealthStore } from '../../contracts/ports/health-store';
import type { ServerProbe } from '../../contracts/ports/server-probe';
import type { Measurements, Unreachable, WorkMeasurement } from '../../domain/health/measurements';
import { isUnreachable } from '../../domain/health/measurements';

export interface MeasureDependencies {
  store: Pick<HealthStore, 'measureDatabase' | 'processes' | 'measureWork'>;
  servers: ServerProbe;
  /** Milliseconds since 1970. */
  now(): number;
}

/** What is the same for all workspaces. Never rejects: what does not answer is a measurement too. */
export async function measureSystem({ store, servers, now }: MeasureDependencies): Promise<Measurements> {
  const at = now();
  const [database, temporal, disk] = await Promise.all([
    store.measureDatabase().catch(unreachable),
    servers.temporal().catch(unreachable),
    servers.disk().catch(() => null),
  ]);
  return {
    at,
    database,
    temporal: isUnreachable(temporal) ? temporal : { latencyMs: temporal.latencyMs },
    queues: isUnreachable(temporal) ? [] : temporal.queues,
    schedules: isUnreachable(temporal) ? [] : temporal.schedules,
    disk,
    processes: isUnreachable(database) ? [] : await store.processes().catch(() => []),
    work: null,
  };
}

/** Null where PostgreSQL has gone meanwhile. */
export function measureWork({ store }: MeasureDependencies, workspace: string): Promise<WorkMeasurement | null> {
  return store.measureWork(workspace).catch(() => null);
}

function unreachable(error: unknown): Unreachable {
  return { problem: error instanceof Error ? error.message : String(error) };
}
