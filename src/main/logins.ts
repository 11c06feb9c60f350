import { loginTokenPrefix } from '../api/login/login-ports';
import type { Logins } from '../api/login/login-ports';
import type { LoginStore, StoredLogin } from '../contracts/ports/login-store';
import { createTokenLookup, makeToken } from './token-secrets';
import type { TokenLookup } from './token-secrets';

/** Logins of people with browsers, over their store. */
export function createLogins(store: LoginStore, lookup: TokenLookup<StoredLogin>): Logins {
  return {
    add: async (principal, expiresAt) => {
      const { id, token, hash } = makeToken(loginTokenPrefix);
      await store.add(principal, { id, hash, expiresAt });
      return token;
    },
    remove: async (secret) => {
      const { id, principal } = await lookup.recognise(secret);
      await store.remove(principal.workspace, id);
      lookup.forget(id);
    },
  };
}

/** Knows people by the secrets of their cookies. */
export function createLoginLookup(store: Pick<LoginStore, 'find'>, now: () => number): TokenLookup<StoredLogin> {
  return createTokenLookup({ prefix: loginTokenPrefix, advice: 'Begin at /login.', find: (id) => store.find(id), now });
}
