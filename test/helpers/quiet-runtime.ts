import { DefaultLogger, IllegalStateError, Runtime } from '@temporalio/worker';

/** Temporal's SDK as tests want it, once a process: signals are theirs, and it says only what has failed, or nothing. */
export function quietRuntime(filter: 'ERROR' | 'OFF' = 'ERROR'): void {
  try {
    Runtime.install({
      shutdownSignals: [],
      logger: new DefaultLogger('ERROR'),
      telemetryOptions: { logging: { filter, forward: {} } },
    });
  } catch (error) {
    // It is still there, for another connection of this process.
    if (!(error instanceof IllegalStateError)) throw error;
  }
}
