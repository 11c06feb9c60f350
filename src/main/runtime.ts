import { DefaultLogger } from '@temporalio/worker/lib/logger';
// Not the whole package, with all that workers and bundles need: every command has a runtime.
import { Runtime } from '@temporalio/worker/lib/runtime';
import type { RuntimeOptions } from '@temporalio/worker';
import { anyFreePort } from '../embedded/free-port';
import { createLogger } from '../telemetry/logger';
import { temporalLevel, temporalLogger } from '../telemetry/temporal-logger';
import type { Configuration } from './configuration';

/** What the part of Temporal's SDK does that all workers of this process share. */
export interface TemporalRuntime {
  /** Its metrics in Prometheus' text form; empty where nobody asked for metrics. */
  metrics(): Promise<string>;
}

let installed: Promise<TemporalRuntime> | undefined;

/** Once a process: signals are ours to handle, and the SDK's log is not for the users of a command line. */
export function installRuntime(configuration: Configuration): Promise<TemporalRuntime> {
  installed ??= install(configuration);
  return installed;
}

async function install({ logLevel, metricsAddress }: Configuration): Promise<TemporalRuntime> {
  const filter = temporalLevel(logLevel);
  // The SDK serves its metrics by itself, and not through us: on a port of this machine alone, from which we pass them on.
  const port = metricsAddress && (await anyFreePort());
  const metrics: NonNullable<RuntimeOptions['telemetryOptions']>['metrics'] | undefined =
    port === undefined ? undefined : { prometheus: { bindAddress: `127.0.0.1:${port}`, useSecondsForDurations: true } };
  Runtime.install({
    shutdownSignals: [],
    logger: logLevel === 'silent' ? new DefaultLogger('ERROR') : temporalLogger(createLogger(logLevel)),
    telemetryOptions: { logging: { filter, forward: {} }, ...(metrics && { metrics }) },
  });
  return {
    metrics: async () => {
      if (port === undefined) return '';
      const answer = await fetch(`http://127.0.0.1:${port}/metrics`, { signal: AbortSignal.timeout(2_000) });
      return answer.text();
    },
  };
}
