import type { ApiTokenStore, StoredApiToken } from '../contracts/ports/api-tokens';
import type { Role } from '../domain/access/roles';
import { createTokenLookup, makeToken } from './token-secrets';
import type { TokenLookup } from './token-secrets';

export const apiTokenPrefix = 'orc_api';

/** Makes a token, of which only a hash is kept. */
export async function createApiToken(
  store: ApiTokenStore,
  workspace: string,
  { name, role, expiresAt }: { name: string; role: Role; expiresAt: number },
): Promise<{ id: string; token: string }> {
  const { id, token, hash } = makeToken(apiTokenPrefix);
  await store.add(workspace, { id, name, role, hash, expiresAt });
  return { id, token };
}

/** Knows people's programs by their tokens. */
export function createApiTokenLookup(
  store: Pick<ApiTokenStore, 'find'>,
  now: () => number,
): TokenLookup<StoredApiToken> {
  return createTokenLookup({
    prefix: apiTokenPrefix,
    advice: '`orchestra tokens create NAME` makes one.',
    find: (id) => store.find(id),
    now,
  });
}
