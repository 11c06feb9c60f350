import { createOperationsReader } from '../stores/operations';
import { addInstallationMetrics } from '../telemetry/installation-metrics';
import { startStatusServer } from '../telemetry/status-server';
import type { StatusServer } from '../telemetry/status-server';
import type { Installation } from './installation';
import { missingServers } from './missing-servers';
import type { TemporalRuntime } from './runtime';
import type { WorkerRole } from './run-workers';

/** Whether this process is up and ready, and what it measures, for those who ask at ORCHESTRA_METRICS_ADDRESS. */
export interface Status {
  /** Listens from the first call on, where there is an address. Throws SERVER_UNAVAILABLE. */
  start(roles: readonly WorkerRole[]): Promise<void>;
  /** Starts a part of the process, which is not ready before it is up. Rejects as `start` does. */
  starting<T>(what: string, start: () => Promise<T>): Promise<T>;
  /** The process is not ready any more: it ends. */
  leave(): void;
  stop(): Promise<void>;
}

export function createStatus(installation: Installation, runtime: TemporalRuntime): Status {
  const { configuration, telemetry, pool } = installation;
  const { registry } = telemetry.metrics;
  const awaited = new Set<string>();
  let listening: Promise<StatusServer> | undefined;
  return {
    start: async (roles) => {
      const { metricsAddress } = configuration;
      if (!metricsAddress) return;
      // Looking at everything is the duty of health workers: so few say it, and all of it is said.
      if (roles.includes('health') && !registry.getSingleMetric('orchestra_sessions_open'))
        addInstallationMetrics(registry, createOperationsReader(pool));
      listening ??= startStatusServer(metricsAddress, {
        metrics: async () => {
          const [own, temporals] = await Promise.all([registry.metrics(), runtime.metrics().catch(() => '')]);
          return `${own}${temporals}`;
        },
        missing: async () => [
          ...[...awaited].map((what) => `${what}: not ready`),
          ...(await missingServers(installation)).map((server) => `${server} cannot be reached`),
        ],
      });
      await listening;
    },
    starting: async (what, start) => {
      awaited.add(what);
      const started = await start();
      awaited.delete(what);
      return started;
    },
    leave: () => void awaited.add('shutting down'),
    stop: async () => {
      await listening?.then(
        (server) => server.close(),
        () => undefined,
      );
    },
  };
}
