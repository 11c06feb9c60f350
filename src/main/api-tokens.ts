import type { ApiTokenStore, NewApiToken, StoredApiToken } from '../contracts/ports/api-tokens';
import { createTokenLookup, makeToken } from './token-secrets';
import type { TokenLookup } from './token-secrets';

export const apiTokenPrefix = 'orc_api';

/** Makes a token, of which only a hash is kept; with the `seed` of one that was made already, that one with another secret. */
export async function createApiToken(
  store: ApiTokenStore,
  workspace: string,
  token: Omit<NewApiToken, 'id' | 'hash'>,
  seed?: string,
): Promise<{ id: string; token: string }> {
  const { id, token: secret, hash } = makeToken(apiTokenPrefix, seed);
  await store.add(workspace, { ...token, id, hash });
  return { id, token: secret };
}

/** Knows people's programs by their tokens. */
export function createApiTokenLookup(
  store: Pick<ApiTokenStore, 'find'>,
  now: () => number,
): TokenLookup<StoredApiToken> {
  return createTokenLookup({
    prefix: apiTokenPrefix,
    advice: '`orchestra tokens create NAME --role ROLE` makes one.',
    find: (id) => store.find(id),
    now,
  });
}
