import { DefaultLogger, Runtime } from '@temporalio/worker';

let isInstalled = false;

/** Temporal's SDK as tests want it, once a process: signals are theirs, and it says only what has failed. */
export function quietRuntime(): void {
  if (isInstalled) return;
  isInstalled = true;
  Runtime.install({
    shutdownSignals: [],
    logger: new DefaultLogger('ERROR'),
    telemetryOptions: { logging: { filter: 'ERROR', forward: {} } },
  });
}
