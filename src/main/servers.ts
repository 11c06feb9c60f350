import type { EmbeddedServersOptions, ServerName } from '../embedded/embedded-servers';
import { findRunningServers } from '../embedded/find-running-servers';
import type { RunningServers } from '../embedded/find-running-servers';
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
  const configured = configuredServers(configuration);
  if (configured) return configured;
  const { startEmbeddedServers } = await import('../embedded/start-embedded-servers.js');
  const options: EmbeddedServersOptions = {
    dataDirectory: configuration.dataDirectory,
    environment,
    durability: configuration.durability,
    onProgress: report,
    onFailure: (error) => report(error.message),
    ...configuredAlone(configuration),
    ...(configuration.temporalExecutable !== undefined && { temporalExecutable: configuration.temporalExecutable }),
    ...(signal && { signal }),
  };
  const embedded = await startEmbeddedServers(options);
  return {
    addresses: addressesOf(configuration, embedded),
    ownerPid: embedded.ownerPid,
    stop: () => embedded.stop(),
  };
}

/** The servers that are configured or that another process keeps running; undefined where there are none. Throws SERVER_UNAVAILABLE where it does without one. */
export async function runningServers(configuration: Configuration): Promise<Servers | undefined> {
  const configured = configuredServers(configuration);
  if (configured) return configured;
  const running = await findRunningServers(configuration.dataDirectory, configuredAlone(configuration).elsewhere);
  if (!running) return undefined;
  return {
    addresses: addressesOf(configuration, running),
    ownerPid: running.ownerPid,
    stop: () => Promise.resolve(),
  };
}

/** The one server that is configured, where the other one is not. */
export function configuredAlone({ temporal, databaseUrl }: Configuration): { elsewhere?: ServerName } {
  if (temporal && databaseUrl === undefined) return { elsewhere: 'temporal' };
  return databaseUrl !== undefined && !temporal ? { elsewhere: 'postgres' } : {};
}

/** Where both are configured, nothing is started. */
function configuredServers({ temporal, databaseUrl }: Configuration): Servers | undefined {
  if (!temporal || databaseUrl === undefined) return undefined;
  return { addresses: { temporal, databaseUrl, webUiUrl: null }, ownerPid: null, stop: () => Promise.resolve() };
}

function addressesOf(
  { temporal, databaseUrl }: Configuration,
  embedded: {
    temporal: Omit<NonNullable<RunningServers['temporal']>, 'pid'> | null;
    postgres: { url: string } | null;
  },
): ServerAddresses {
  const own = embedded.temporal && {
    connectionOptions: { address: embedded.temporal.address },
    namespace: embedded.temporal.namespace,
  };
  const chosen = temporal ?? own;
  const url = databaseUrl ?? embedded.postgres?.url;
  if (!chosen || url === undefined) throw new Error('a server is neither configured nor embedded');
  return { temporal: chosen, databaseUrl: url, webUiUrl: temporal ? null : (embedded.temporal?.webUiUrl ?? null) };
}
