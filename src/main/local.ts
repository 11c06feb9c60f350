import { DefaultLogger, Runtime } from '@temporalio/worker';
import { findRunningServers } from '../embedded/find-running-servers';
import { startEmbeddedServers } from '../embedded/start-embedded-servers';
import type { Configuration } from './configuration';
import type { ServerAddresses } from './connect';
import { openInstallation } from './installation';
import type { Installation } from './installation';
import type { Report } from './report';
import { runWorkers } from './run-workers';
import type { WorkerRole } from './run-workers';
import { workflowBundle } from './workflow-bundle';

/** An installation with all that was started for it. */
export interface LocalInstallation extends Installation {
  /** Whether this process runs the workers; otherwise somebody else does. */
  runsWorkers: boolean;
  /** Ends what was started here, in order. */
  stop(): Promise<void>;
}

interface StartOptions {
  configuration: Configuration;
  environment: NodeJS.ProcessEnv;
  report: Report;
  signal?: AbortSignal;
}

/** Connects to the servers that are configured or that a running `orchestra dev` has; undefined where there are none. */
export async function openRunning({ configuration, report }: StartOptions): Promise<LocalInstallation | undefined> {
  const addresses = await runningServers(configuration);
  if (!addresses) return undefined;
  quietRuntime();
  const installation = await openInstallation(addresses, configuration, report);
  return { ...installation, runsWorkers: false, stop: () => installation.close() };
}

/** Starts whatever does not run yet: the embedded servers, and the workers in this process. */
export async function startLocal(options: StartOptions & { roles: readonly WorkerRole[] }): Promise<LocalInstallation> {
  const { configuration, environment, report, roles } = options;
  quietRuntime();
  const servers = await startServers(options);
  try {
    const installation = await openInstallation(servers.addresses, configuration, report);
    const workers = runWorkers(installation, {
      roles,
      bundle: await workflowBundle(),
      hostEnvironment: environment,
      report,
    });
    await workers.ready;
    return {
      ...installation,
      runsWorkers: true,
      stop: async () => {
        await workers.stop();
        await installation.close();
        await servers.stop();
      },
    };
  } catch (error) {
    await servers.stop();
    throw error;
  }
}

async function startServers({
  configuration,
  environment,
  report,
  signal,
}: StartOptions): Promise<{ addresses: ServerAddresses; stop(): Promise<void> }> {
  const { temporal, databaseUrl } = configuration;
  if (temporal && databaseUrl !== undefined) {
    return { addresses: { temporal, databaseUrl, webUiUrl: null }, stop: () => Promise.resolve() };
  }
  const embedded = await startEmbeddedServers({
    dataDirectory: configuration.dataDirectory,
    environment,
    durability: configuration.durability,
    onProgress: report,
    onFailure: (error) => report(error.message),
    ...(configuration.temporalExecutable !== undefined && { temporalExecutable: configuration.temporalExecutable }),
    ...(signal && { signal }),
  });
  return {
    addresses: {
      temporal: temporal ?? {
        connectionOptions: { address: embedded.temporal.address },
        namespace: embedded.temporal.namespace,
      },
      databaseUrl: databaseUrl ?? embedded.postgres.url,
      webUiUrl: temporal ? null : embedded.temporal.webUiUrl,
    },
    stop: () => embedded.stop(),
  };
}

async function runningServers({
  temporal,
  databaseUrl,
  dataDirectory,
}: Configuration): Promise<ServerAddresses | undefined> {
  if (temporal && databaseUrl !== undefined) return { temporal, databaseUrl, webUiUrl: null };
  const running = await findRunningServers(dataDirectory);
  if (!running) return undefined;
  return {
    temporal: temporal ?? {
      connectionOptions: { address: running.temporalAddress },
      namespace: running.temporalNamespace,
    },
    databaseUrl: databaseUrl ?? running.databaseUrl,
    webUiUrl: temporal ? null : running.webUiUrl,
  };
}

let isQuiet = false;

/** Signals are ours to handle, and the SDK's log is not for the users of a command line. */
function quietRuntime(): void {
  if (isQuiet) return;
  isQuiet = true;
  Runtime.install({
    shutdownSignals: [],
    logger: new DefaultLogger('ERROR'),
    telemetryOptions: { logging: { filter: 'ERROR', forward: {} } },
  });
}
