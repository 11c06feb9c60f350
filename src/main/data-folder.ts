import { existsSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import type { DataFolder, Installation, Report } from '../cli/ports';
import type { HealthReport } from '../domain/health/report';
import { OrchestraError } from '../domain/errors';
import { termSettingsOf } from '../domain/routing/attempt-terms';
import { hasEnded, readStartTime } from '../processes/read-process';
import { createAgentToken } from './agent-tokens';
import { createApiToken } from './api-tokens';
import { alertsOf } from './alerts';
import { webhooksOf } from './webhooks';
import { readConfiguration } from './configuration';
import type { Configuration } from './configuration';
import { findDev, keepDevApi } from './data-folder-files';
import type { LocalInstallation } from './local';
import { makeLocalToken } from './local-token';
import { optimisationOf } from './optimisation';
import { rotateSecrets } from './rotate-secrets';
import { reportToLog } from './report-to-log';
import { planDocuments } from './prepare-plan';
import type { Presence } from './run-presence';

const runRoles = ['sessions', 'agents', 'learning'] as const;

/** A data folder as the command line sees it. Servers and workers are loaded when they are asked for: `--help` needs none. */
export function createDataFolder(environment: NodeJS.ProcessEnv, given: string | undefined): DataFolder {
  const configuration = readConfiguration(environment, given);
  requireFolder(configuration.dataDirectory);
  const reason = environment['ORCHESTRA_REASON'];
  const options = async (report: Report) => ({
    configuration,
    environment,
    report: await reportToLog(configuration, report),
  });
  return {
    path: configuration.dataDirectory,
    argument: given === undefined ? '' : ` --data ${/^[\w@%+=:,./-]+$/.test(given) ? given : `'${given}'`}`,
    openRunning: async (report) => {
      const { openRunning } = await import('./local.js');
      const opened = await options(report);
      const local = await openRunning(opened);
      return local && openFor(configuration, local, opened.report, reason);
    },
    startLocal: async (purpose, report, signal) => {
      const { startLocal } = await import('./local.js');
      const isDev = purpose === 'dev';
      const opened = await options(report);
      const local = await startLocal({
        ...opened,
        signal,
        roles: [...runRoles, ...(isDev ? (['health'] as const) : [])],
        isDev,
      });
      return openFor(configuration, local, opened.report, reason);
    },
    migrate: async (report) => {
      const { migrateRunning } = await import('./migrate-running.js');
      return migrateRunning(configuration, await reportToLog(configuration, report));
    },
    inspect: async () => {
      const { inspectInstallation } = await import('./doctor.js');
      return inspectInstallation(configuration, environment);
    },
  };
}

/** A data folder that is not there yet can be made, but not below a file. Throws USAGE. */
function requireFolder(path: string): void {
  if (!existsSync(path)) return requireFolder(dirname(path));
  if (statSync(path).isDirectory()) return;
  throw new OrchestraError(
    'USAGE',
    `${path} is a file, and no data folder. Name a folder with --data or ORCHESTRA_DATA.`,
  );
}

async function openFor(
  configuration: Configuration,
  local: LocalInstallation,
  report: Report,
  reason: string | undefined,
): Promise<Installation> {
  const { commandAudit } = await import('./command-audit.js');
  const { enterAsUser, waitForUsers } = await import('./run-presence.js');
  const { findMissingWorkers } = await import('./missing-workers.js');
  const { addresses, temporal, serversPid, client } = local;
  const { databaseUrl, webUiUrl } = addresses;
  const { namespace, connectionOptions } = addresses.temporal;
  const ownerStartTime = serversPid === null ? null : readStartTime(serversPid);
  let presence: Presence | undefined;
  return {
    owner: ownerOf(configuration, serversPid),
    ownerPid: serversPid,
    webUiUrl,
    temporalAddress: connectionOptions.address ?? '',
    databaseAddress: new URL(databaseUrl).host,
    client,
    report,
    workspace: configuration.workspace,
    agents: local.agents,
    relationships: local.relationships,
    breakers: local.breakers,
    behaviours: local.behaviours,
    recoveries: local.recoveries,
    agentSecrets: {
      ...local.agentSecrets,
      rotate: (workspace) => rotateSecrets(local, workspace),
    },
    audit: commandAudit(local, reason),
    agentTokens: local.agentTokens,
    createAgentToken: (agent, expiresAt) => createAgentToken(local.agentTokens, agent, expiresAt),
    apiTokens: local.apiTokens,
    workspaces: local.workspaces,
    createApiToken: (token) => createApiToken(local.apiTokens, configuration.workspace, token),
    makeLocalToken: () =>
      makeLocalToken(local.apiTokens, configuration.workspace, configuration.dataDirectory, Date.now()),
    devApi: serversPid === null ? null : (findDev(configuration.dataDirectory, serversPid)?.api ?? null),
    keepDevApi: (api) => keepDevApi(configuration.dataDirectory, api),
    routing: local.routing,
    caches: local.caches,
    roster: () => {
      local.directory.forget();
      return local.directory.roster();
    },
    routingSettings: async () => (await local.directory.settings(configuration.workspace)).routing,
    termSettings: async () => termSettingsOf(await local.directory.settings(configuration.workspace)),
    workflowUrl: (workflowId) =>
      webUiUrl === null
        ? null
        : `${webUiUrl}/namespaces/${encodeURIComponent(namespace)}/workflows/${encodeURIComponent(workflowId)}`,
    planDocuments,
    missingWorkers: () => findMissingWorkers(temporal, configuration.taskQueue),
    hosts: local.hosts,
    metrics: local.metrics,
    alerts: alertsOf(local),
    webhooks: webhooksOf(local),
    optimisation: optimisationOf(local, configuration.workspace),
    health: {
      everyMs: configuration.healthIntervalMs,
      report: () => local.health.report(configuration.workspace),
      events: (limit) => local.health.events(configuration.workspace, limit),
      inspect: () => inspectHealth(local),
    },
    startWorkers: local.startWorkers,
    startHost: local.startHost,
    startApi: local.startApi,
    isOwnerGone: () => serversPid !== null && hasEnded(serversPid, ownerStartTime ?? ''),
    enter: async () => {
      presence = await enterAsUser(databaseUrl);
      return presence !== undefined;
    },
    waitForOthers: (onWait, signal) => waitForUsers(databaseUrl, onWait, signal),
    close: async () => {
      await presence?.leave();
      await local.stop();
    },
  };
}

async function inspectHealth(local: LocalInstallation): Promise<HealthReport> {
  const { createServerProbe } = await import('./server-probe.js');
  const { inspectSystem } = await import('../activities/health/check-system.js');
  const servers = createServerProbe(local);
  return inspectSystem({ store: local.health, servers, now: Date.now }, local.configuration.workspace);
}

function ownerOf({ dataDirectory }: Configuration, serversPid: number | null): Installation['owner'] {
  if (serversPid === null) return 'configured';
  if (serversPid === process.pid) return 'this-process';
  return findDev(dataDirectory, serversPid) ? 'dev' : 'other-run';
}
