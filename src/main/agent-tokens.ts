import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import type { AgentTokenStore, StoredAgentToken } from '../contracts/ports/agent-tokens';
import type { AgentKey } from '../domain/agents/agent';
import { OrchestraError } from '../domain/errors';

/** The id finds the token's row; the rest is 256 random bits. */
const tokenPattern = /^orc_agent_([0-9a-f]{12})_[A-Za-z0-9_-]{43}$/;

/** A token is looked up again after this long, in case that nobody told that it was revoked. */
const keptMs = 60_000;

/** Makes a token, of which only a hash is kept. Throws AGENT_NOT_FOUND. */
export async function createAgentToken(
  store: AgentTokenStore,
  agent: AgentKey,
  expiresAt: number | null,
): Promise<{ id: string; token: string }> {
  const id = randomBytes(6).toString('hex');
  const token = `orc_agent_${id}_${randomBytes(32).toString('base64url')}`;
  await store.add(agent, { id, hash: hashOf(token), expiresAt });
  return { id, token };
}

export interface TokenRecogniser {
  /** Whose token it is. Throws TOKEN_INVALID. */
  recognise(token: string): Promise<AgentKey>;
  /** It has been revoked. */
  forget(id: string): void;
  /** Something may have been missed. */
  forgetAll(): void;
}

export function createTokenRecogniser(store: Pick<AgentTokenStore, 'find'>, now: () => number): TokenRecogniser {
  const known = new LRUCache<string, StoredAgentToken>({ max: 50_000, ttl: keptMs });
  const find = async (id: string): Promise<StoredAgentToken | undefined> => {
    const stored = known.get(id) ?? (await store.find(id));
    if (stored) known.set(id, stored, { noUpdateTTL: true });
    return stored;
  };
  return {
    recognise: async (token) => {
      const [, id] = tokenPattern.exec(token) ?? [];
      const stored = id === undefined ? undefined : await find(id);
      // Of a token that is not there, as little is said as of one that is wrong.
      if (!stored || !timingSafeEqual(hashOf(token), stored.hash)) throw invalid('The token is not valid');
      if (stored.expiresAt !== null && stored.expiresAt <= now()) throw invalid('The token has expired');
      return stored.agent;
    },
    forget: (id) => void known.delete(id),
    forgetAll: () => known.clear(),
  };
}

function hashOf(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}

function invalid(what: string): OrchestraError {
  return new OrchestraError('TOKEN_INVALID', `${what}. \`orchestra agents tokens create NAME\` makes one.`);
}
