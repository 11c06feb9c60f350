import type { AgentTokenStore, StoredAgentToken } from '../contracts/ports/agent-tokens';
import type { AgentKey } from '../domain/agents/agent';
import { createTokenLookup, makeToken } from './token-secrets';
import type { TokenLookup } from './token-secrets';

export const agentTokenPrefix = 'orc_agent';

/** Makes a token, of which only a hash is kept; with the `seed` of one that was made already, that one with another secret. Throws AGENT_NOT_FOUND. */
export async function createAgentToken(
  store: AgentTokenStore,
  agent: AgentKey,
  expiresAt: number | null,
  seed?: string,
): Promise<{ id: string; token: string }> {
  const { id, token, hash } = makeToken(agentTokenPrefix, seed);
  await store.add(agent, { id, hash, expiresAt });
  return { id, token };
}

/** Knows agents by their tokens. */
export function createAgentTokenLookup(
  store: Pick<AgentTokenStore, 'find'>,
  now: () => number,
): TokenLookup<StoredAgentToken> {
  return createTokenLookup({
    prefix: agentTokenPrefix,
    advice: '`orchestra agents tokens create NAME` makes one.',
    find: (id) => store.find(id),
    now,
  });
}
