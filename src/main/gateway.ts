import { inspectSystem } from '../activities/health/check-system';
import type { Gateway } from '../api/gateway';
import { loginTokenPrefix } from '../api/login/login-ports';
import type { LiveEvents } from '../api/live/live-stream';
import type { Recognise } from '../api/principal';
import type { StoredLogin } from '../contracts/ports/login-store';
import type { StoredApiToken } from '../contracts/ports/api-tokens';
import type { HealthReport } from '../domain/health/report';
import { createIdempotencyStore } from '../stores/idempotency';
import { createPlanVersions } from '../stores/plan-versions';
import { agentTokenPrefix, createAgentToken } from './agent-tokens';
import { testAlerts } from './alerts';
import { apiTokenPrefix, createApiToken } from './api-tokens';
import type { Installation } from './installation';
import { missingServers } from './missing-servers';
import { optimisationOf } from './optimisation';
import { planDocuments } from './prepare-plan';
import { rotateSecrets } from './rotate-secrets';
import { createServerProbe } from './server-probe';
import type { TokenLookup } from './token-secrets';
import { termSettingsOf } from '../domain/routing/attempt-terms';

interface KnownTokens {
  api: Pick<TokenLookup<StoredApiToken>, 'recognise'>;
  logins: Pick<TokenLookup<StoredLogin>, 'recognise'>;
  agents: { recognise(token: string): Promise<{ agent: { workspace: string; name: string } }> };
}

/** What the API needs of an installation. */
export function openGateway(
  installation: Installation,
  tokens: KnownTokens,
  recogniseJwt: Recognise | undefined,
  live: LiveEvents,
): Gateway {
  const {
    pool,
    clientOf,
    agents,
    agentSecrets,
    breakers,
    relationships,
    hosts,
    artifacts,
    routing,
    metrics,
    directory,
  } = installation;
  return {
    webhooks: installation.webhookMessages,
    plans: installation.plans,
    planVersions: createPlanVersions(pool),
    recognise: recogniserOf(tokens, recogniseJwt),
    idempotency: createIdempotencyStore(pool),
    clientOf,
    audit: installation.audit,
    codec: installation.payloads.codec,
    agents,
    behaviours: installation.behaviours,
    breakers,
    relationships,
    recoveries: installation.recoveries,
    agentSecrets: {
      set: agentSecrets.set,
      list: agentSecrets.list,
      remove: agentSecrets.remove,
      rotate: (workspace, seed) => rotateSecrets(installation, workspace, seed),
    },
    agentTokens: installation.agentTokens,
    createAgentToken: (agent, expiresAt, seed) => createAgentToken(installation.agentTokens, agent, expiresAt, seed),
    alerts: {
      ...installation.alerts,
      test: (workspace, webhook, seed) => testAlerts(installation, workspace, webhook, seed),
    },
    optimisationOf: (workspace) => optimisationOf(installation, workspace),
    hosts,
    artifacts,
    routing,
    metrics,
    workspaces: installation.workspaces,
    homeWorkspace: installation.configuration.workspace,
    apiTokens: installation.apiTokens,
    createApiToken: (workspace, token, seed) => createApiToken(installation.apiTokens, workspace, token, seed),
    health: {
      events: installation.health.events,
      report: (workspace) => healthOf(installation, workspace),
    },
    routingOf: async (workspace) => {
      directory.forget();
      const settings = await directory.settings(workspace);
      return { roster: await directory.roster(), settings: settings.routing, termSettings: termSettingsOf(settings) };
    },
    live,
    documentsOf: planDocuments,
    baseDirectory: process.cwd(),
    now: Date.now,
    missingServers: () => missingServers(installation),
  };
}

/** What a sweep found that is older says little of now. */
const latestIntervals = 3;

async function healthOf(installation: Installation, workspace: string): Promise<HealthReport> {
  const { health: store, configuration } = installation;
  const stored = await store.report(workspace);
  if (stored && Date.now() - stored.at < latestIntervals * configuration.healthIntervalMs) return stored;
  return inspectSystem({ store, servers: createServerProbe(installation), now: Date.now }, workspace);
}

/** By what the token looks like; each kind is checked in its own way only. */
function recogniserOf({ api, agents, logins }: KnownTokens, recogniseJwt: Recognise | undefined): Recognise {
  return async (token, meant) => {
    if (token.startsWith(`${agentTokenPrefix}_`)) {
      const { workspace, name } = (await agents.recognise(token)).agent;
      return { workspace, role: 'agent', subject: `agent:${name}` };
    }
    if (token.startsWith(`${loginTokenPrefix}_`)) return (await logins.recognise(token)).principal;
    if (token.startsWith(`${apiTokenPrefix}_`) || !recogniseJwt) return (await api.recognise(token)).principal;
    return recogniseJwt(token, meant);
  };
}
