import { findRunningServers } from '../embedded/find-running-servers';
import type { Configuration } from './configuration';
import type { ServerAddresses } from './connect';
import type { Report } from './report';

export interface StartOptions {
  configuration: Configuration;
  environment: NodeJS.ProcessEnv;
  report: Report;
  signal?: AbortSignal;
}

/** Running servers, and what this process has to do to end them. */
export interface Servers {
  addresses: ServerAddresses;
  ownerPid: number | null;
  stop(): Promise<void>;
}

/** Those that are configured or run, else embedded ones of this process. */
export async function startServers({ configuration, environment, report, signal }: StartOptions): Promise<Servers> {
  const { temporal, databaseUrl } = configuration;
  const configured = configuredServers(configuration);
  if (configured) return configured;
  const { startEmbeddedServers } = await import('../embedded/start-embedded-servers.js');
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
    ownerPid: embedded.ownerPid,
    stop: () => embedded.stop(),
  };
}

/** The servers that are configured or that another process keeps running; undefined where there are none. */
export async function runningServers(configuration: Configuration): Promise<Servers | undefined> {
  const { temporal, databaseUrl, dataDirectory } = configuration;
  const configured = configuredServers(configuration);
  if (configured) return configured;
  const running = await findRunningServers(dataDirectory);
  if (!running) return undefined;
  return {
    addresses: {
      temporal: temporal ?? {
        connectionOptions: { address: running.temporalAddress },
        namespace: running.temporalNamespace,
      },
      databaseUrl: databaseUrl ?? running.databaseUrl,
      webUiUrl: temporal ? null : running.webUiUrl,
    },
    ownerPid: running.ownerPid,
    stop: () => Promise.resolve(),
  };
}

/** Where both are configured, nothing is started. */
function configuredServers({ temporal, databaseUrl }: Configuration): Servers | undefined {
  if (!temporal || databaseUrl === undefined) return undefined;
  return { addresses: { temporal, databaseUrl, webUiUrl: null }, ownerPid: null, stop: () => Promise.resolve() };
}
