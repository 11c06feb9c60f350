import type { FastifyInstance } from 'fastify';
import { createRemoteAgents } from '../activities/remote/remote-agents';
import { createAuditTrail } from '../api/audit-trail';
import { buildApi } from '../api/build-api';
import { RequestLimiter } from '../api/limits/request-limiter';
import { EventHub } from '../api/live/event-hub';
import { Presence } from '../api/presence';
import type { ProgramLogin } from '../api/login/login-ports';
import type { Recognise } from '../api/principal';
import { sessionKey } from '../api/routes/agent-work';
import { WaitingRequests } from '../api/waiting-requests';
import { OrchestraError } from '../domain/errors';
import { agentId } from '../domain/agents/agent-ref';
import { createAgentPresenceStore } from '../stores/agent-presence';
import { createAttemptStore } from '../stores/attempts';
import { createEventStore } from '../stores/events';
import { createRequestLimitStore } from '../stores/request-limits';
import { createLoginStore } from '../stores/logins';
import { createRemoteWorkStore } from '../stores/remote-work';
import { createSettingsCache } from '../stores/settings-cache';
import { listenToDatabase, textsOf } from '../workers/database-listener';
import { attemptSources } from './attempt-sources';
import { createAgentTokenLookup } from './agent-tokens';
import { createApiTokenLookup } from './api-tokens';
import { createActivityCompleter } from './complete-activities';
import { openGateway } from './gateway';
import type { Installation } from './installation';
import { readTls } from './tls';
import type { TlsOptions } from './tls';
import { createJwtRecogniser } from './jwt';
import type { LoginSettings } from './jwt-settings';
import { createLoginLookup, createLogins } from './logins';
import { createLoginProvider } from './oidc';
import { observeRequests } from '../telemetry/observe-requests';
import { refuseOpenDoor } from './open-door';
import { quietly } from './report';
import type { Report } from './report';

export interface ApiAddress {
  host: string;
  /** 0 for any that is free. */
  port: number;
}

/**
 * Connections that wait to be accepted; the system's own limit (`net.core.somaxconn` on Linux) counts where it is less. With Node's default of 511,
 * agents that come in the same moment find the door shut, and each tries again a second later, then two, then four.
 */
const backlog = 65_535;

export interface RunningApi {
  url: string;
  close(): Promise<void>;
}

/** Serves the HTTP API of an installation. Throws SERVER_UNAVAILABLE where the address cannot be had, and USAGE where it may not listen there. */
export async function startApi(installation: Installation, address: ApiAddress, report: Report): Promise<RunningApi> {
  const tls = readTls(installation.configuration);
  await refuseOpenDoor(installation, address.host);
  const { app, close } = await openApi(installation, report, undefined, tls);
  try {
    return { url: await listen(app, address), close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** The API as it can be asked in this process; it does not listen. `recognise`: who makes requests, where that is not for their tokens to say. */
export async function openApi(
  installation: Installation,
  report: Report,
  recognise?: Recognise,
  tls?: TlsOptions,
): Promise<{ app: FastifyInstance; close(): Promise<void> }> {
  await installation.workspaces.add(installation.configuration.workspace, { title: '', by: null });
  const { pool, artifacts, agentTokens, apiTokens, configuration, addresses, temporal, telemetry } = installation;
  const onError = quietly('API', report);
  const attempts = createAttemptStore(pool, {
    retentionDays: configuration.retentionDays,
    keepAtHand: artifacts.keepAtHand,
  });
  const settings = createSettingsCache(pool, { asked: 0, read: 0 }, Date.now);
  const agents = createRemoteAgents({
    attempts: {
      settle: async (settlement) => {
        await attempts.settle(settlement);
        const { workspace, session, run: task, attempt } = settlement.attempt;
        const seconds = (settlement.endedAt - settlement.startedAt) / 1_000;
        telemetry.metrics.agentResponse.observe({ agent_type: 'remote' }, seconds);
        const ended = { workspace, session, task, attempt, type: 'remote', result: settlement.verdict, seconds };
        telemetry.log.info(ended, 'Agent answered');
      },
    },
    remoteWork: createRemoteWorkStore(pool),
    tracing: telemetry.tracing,
    activities: createActivityCompleter(temporal, onError),
    ...attemptSources(installation, settings.of, report),
  });
  const logins = createLoginStore(pool);
  const tokens = {
    agents: createAgentTokenLookup(agentTokens, Date.now),
    api: createApiTokenLookup(apiTokens, Date.now),
    logins: createLoginLookup(logins, Date.now),
  };
  const presence = new Presence(createAgentPresenceStore(pool), onError);
  const forWork = new WaitingRequests();
  const forCancel = new WaitingRequests();
  const hub = new EventHub(createEventStore(pool), quietly('Live events', report));
  const listener = listenToDatabase(addresses.databaseUrl, {
    channels: {
      orchestra_settings: (payload) => {
        const [workspace] = textsOf(payload, 1) ?? [];
        if (workspace !== undefined) settings.changed(workspace);
      },
      orchestra_work: (payload) => {
        const [workspace, name] = textsOf(payload, 2) ?? [];
        if (workspace !== undefined && name !== undefined) forWork.wake(agentId({ workspace, name }));
      },
      orchestra_cancelled: (payload) => {
        const [workspace, session] = textsOf(payload, 2) ?? [];
        if (workspace !== undefined && session !== undefined) forCancel.wake(sessionKey(workspace, session));
      },
      orchestra_events: () => hub.wake(),
      orchestra_tokens: (id) => {
        tokens.agents.forget(id);
        tokens.api.forget(id);
        tokens.logins.forget(id);
      },
    },
    onListening: () => {
      tokens.agents.forgetAll();
      tokens.api.forgetAll();
      tokens.logins.forgetAll();
      settings.forget();
      forWork.wakeAll();
      forCancel.wakeAll();
      hub.wake();
    },
    onError: quietly('Listening for work of remote agents', report),
  });
  const audit = createAuditTrail({
    log: installation.audit,
    scope: configuration.audit.scope,
    homeWorkspace: configuration.workspace,
    now: Date.now,
    onError,
  });
  const { requestLimits: limits, front } = configuration;
  // Who asks in this process, without a token, is not counted.
  const limiter =
    !recognise &&
    limits &&
    new RequestLimiter({ limits, store: createRequestLimitStore(pool), now: Date.now, onError });
  const recogniseJwt =
    configuration.jwt && createJwtRecogniser(configuration.jwt, Date.now, installation.workspaces.membershipsOf);
  const { login } = configuration;
  const stop = async (): Promise<void> => {
    presence.close();
    if (limiter) await limiter.close();
    await Promise.all([agents.close(), listener.stop()]);
  };
  const app = await buildApi({
    audit,
    webUiOrigins: configuration.codecOrigins,
    tls,
    gateway: {
      ...openGateway(installation, tokens, recogniseJwt, { hub, ...configuration.events, onError }),
      ...(recognise && { recognise }),
    },
    work: { agents, presence, forWork, forCancel },
    recogniseAgent: async (token) => (await tokens.agents.recognise(token)).agent,
    limiter: limiter || undefined,
    front,
    login: login &&
      recogniseJwt && {
        provider: createLoginProvider(login, recogniseJwt),
        logins: createLogins(logins, tokens.logins),
        publicUrl: login.publicUrl,
        forPrograms: programLogin(login),
        now: Date.now,
      },
    log: telemetry.log,
    observe: (app) => observeRequests(app, telemetry),
    tracing: telemetry.tracing,
    onError,
  }).catch(async (error: unknown) => {
    await stop();
    throw error;
  });
  const close = async (): Promise<void> => {
    await app.close();
    await stop();
  };
  return { app, close };
}

function programLogin({ issuer, audience, cliClientId, scope }: LoginSettings): ProgramLogin | undefined {
  return cliClientId === undefined ? undefined : { issuer, audience, clientId: cliClientId, scope };
}

async function listen(app: FastifyInstance, { host, port }: ApiAddress): Promise<string> {
  try {
    return await app.listen({ host, port, backlog });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const isPortAtFault = code === 'EADDRINUSE' || code === 'EACCES';
    const advice = isPortAtFault ? 'another port with --port' : 'an address of this machine with --host';
    throw new OrchestraError(
      'SERVER_UNAVAILABLE',
      `The API cannot listen on ${host}:${port} (${code}). Choose ${advice}.`,
      { cause: error },
    );
  }
}
