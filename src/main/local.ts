import { onFreePort } from '../embedded/free-port';
import type { RunningApi } from './api';
import { unsignedAudit } from './audit';
import { keepDataFolder } from './data-folder-files';
import { openInstallation } from './installation';
import type { Installation } from './installation';
import { installRuntime } from './runtime';
import { runningServers, startServers } from './servers';
import type { Servers, StartOptions } from './servers';
import { createStatus } from './status';
import type { Status } from './status';
import type { HostOptions, RunningHost } from './run-host';
import type { WorkerRole } from './run-workers';

/** An installation with all that was started for it. What starts servers, workers and the API is loaded when it is asked for: most commands need none. */
export interface LocalInstallation extends Installation {
  /** Whether this process runs the workers; otherwise somebody else does. */
  runsWorkers: boolean;
  /** The process that keeps the embedded servers running, which may be this one; null for configured servers. */
  serversPid: number | null;
  /** Runs workers in this process, until `stop`. */
  startWorkers(roles: readonly WorkerRole[]): Promise<void>;
  /** Makes this process a host, until `stop`. Throws HOST_TAKEN. */
  startHost(options: HostOptions): Promise<RunningHost>;
  /** Serves the API in this process, until `stop`; without a port, on one that is free. Resolves with its URL. */
  startApi(address: { host: string; port?: number }): Promise<string>;
  /** Ends what was started here, in order. */
  stop(): Promise<void>;
}

const usualApiPort = 4700;

/** Connects to the servers that are configured or that a running `orchestra dev` has; undefined where there are none. */
export async function openRunning(options: StartOptions): Promise<LocalInstallation | undefined> {
  const servers = await runningServers(options.configuration);
  if (!servers) return undefined;
  try {
    return await openLocal(servers, options);
  } catch (error) {
    // Their owner may be stopping them in this very moment: then there are none.
    if (await runningServers(options.configuration)) throw error;
    return undefined;
  }
}

/** Starts whatever does not run yet: the embedded servers, and the workers in this process. Servers of another process have their own workers. */
export async function startLocal(
  options: StartOptions & { roles: readonly WorkerRole[]; isDev?: boolean },
): Promise<LocalInstallation> {
  const servers = await startServers(options);
  try {
    const isOwn = servers.ownerPid === null || servers.ownerPid === process.pid;
    const { dataDirectory } = options.configuration;
    if (servers.ownerPid === process.pid) keepDataFolder(dataDirectory, { isDev: options.isDev ?? false });
    const installation = await openLocal(servers, options);
    if (isOwn) await installation.startWorkers(options.roles);
    return { ...installation, runsWorkers: isOwn };
  } catch (error) {
    await servers.stop();
    throw error;
  }
}

async function openLocal(servers: Servers, options: StartOptions): Promise<LocalInstallation> {
  const { configuration, environment, report } = options;
  const runtime = await installRuntime(configuration);
  const installation = await openInstallation(servers.addresses, configuration, report);
  const started: { stop(): Promise<void> }[] = [];
  const apis: RunningApi[] = [];
  const status = createStatus(installation, runtime);
  let warning = unsignedAudit(configuration);
  // Not of hosts, which never write it, and are no place for its key.
  const starting: Status['starting'] = (what, start) => {
    if (warning !== undefined) report(warning);
    warning = undefined;
    return status.starting(what, start);
  };
  return {
    ...installation,
    runsWorkers: false,
    serversPid: servers.ownerPid,
    startWorkers: (roles) =>
      starting('workers', async () => {
        const { runWorkers } = await import('./run-workers.js');
        const { workflowBundle } = await import('./workflow-bundle.js');
        await status.start(roles);
        const bundle = await workflowBundle(configuration.payloadEncryption);
        const workers = runWorkers(installation, { roles, bundle, hostEnvironment: environment, report });
        started.push(workers);
        await workers.ready;
      }),
    startHost: (host) =>
      status.starting('host', async () => {
        const { runHost } = await import('./run-host.js');
        await status.start([]);
        const running = await runHost(installation, host, environment, report);
        started.push(running);
        await running.ready;
        return running;
      }),
    startApi: ({ host, port }) =>
      starting('API', async () => {
        const { startApi } = await import('./api.js');
        await status.start([]);
        const serve = (at: number): Promise<RunningApi> => startApi(installation, { host, port: at }, report);
        const api = await (port === undefined ? onFreePort([usualApiPort], serve) : serve(port));
        apis.push(api);
        return api.url;
      }),
    stop: async () => {
      status.leave();
      await Promise.all(apis.map((api) => api.close()));
      await Promise.all(started.map((workers) => workers.stop()));
      await status.stop();
      await installation.close();
      await servers.stop();
    },
  };
}
