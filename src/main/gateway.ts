import type { Gateway } from '../api/gateway';
import type { Recognise } from '../api/principal';
import type { StoredApiToken } from '../contracts/ports/api-tokens';
import { createIdempotencyStore } from '../stores/idempotency';
import { agentTokenPrefix } from './agent-tokens';
import { apiTokenPrefix } from './api-tokens';
import type { Installation } from './installation';
import { createJwtRecogniser } from './jwt';
import { missingServers } from './missing-servers';
import { planDocuments } from './prepare-plan';
import type { TokenLookup } from './token-secrets';

interface KnownTokens {
  api: Pick<TokenLookup<StoredApiToken>, 'recognise'>;
  agents: { recognise(token: string): Promise<{ agent: { workspace: string; name: string } }> };
}

/** What the API needs of an installation. */
export function openGateway(installation: Installation, tokens: KnownTokens): Gateway {
  const { pool, clientOf } = installation;
  return {
    recognise: recogniserOf(installation, tokens),
    idempotency: createIdempotencyStore(pool),
    clientOf,
    documentsOf: planDocuments,
    baseDirectory: process.cwd(),
    missingServers: () => missingServers(installation),
  };
}

/** By what the token looks like; each kind is checked in its own way only. */
function recogniserOf({ configuration }: Installation, { api, agents }: KnownTokens): Recognise {
  const recogniseJwt = configuration.jwt && createJwtRecogniser(configuration.jwt, Date.now);
  return async (token) => {
    if (token.startsWith(`${agentTokenPrefix}_`)) {
      const { workspace, name } = (await agents.recognise(token)).agent;
      return { workspace, role: 'agent', subject: `agent:${name}` };
    }
    if (token.startsWith(`${apiTokenPrefix}_`) || !recogniseJwt) return (await api.recognise(token)).principal;
    return recogniseJwt(token);
  };
}
