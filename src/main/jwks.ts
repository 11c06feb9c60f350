import { createLocalJWKSet, errors } from 'jose';
import type { JSONWebKeySet, JWTVerifyGetKey } from 'jose';

/** Where keys come from, and how their ages are told. */
export interface JwksOptions {
  /** Throws where they cannot be had. */
  fetchKeys(): Promise<JSONWebKeySet>;
  /** Milliseconds since 1970. */
  now(): number;
}

/** Keys are fetched again after this long: one that the provider has withdrawn is good for so long at most, as long as the provider can be reached. */
const freshMs = 10 * 60_000;
/** While the provider is away, the keys that are known are used for so long. */
const usableMs = 3_600_000;
/** However many tokens name keys that are not known, the provider is asked so often at most. */
const pauseMs = 30_000;

interface KnownKeys {
  pick: JWTVerifyGetKey;
  fetchedAt: number;
}

/** The keys of a provider that changes them now and then. */
export function createJwks({ fetchKeys, now }: JwksOptions): JWTVerifyGetKey {
  let known: KnownKeys | undefined;
  let triedAt = -Infinity;
  let lastError: unknown;
  let fetching: Promise<void> | undefined;

  const fetchAgain = (): Promise<void> => {
    fetching ??= (async () => {
      triedAt = now();
      try {
        known = { pick: createLocalJWKSet(await fetchKeys()), fetchedAt: now() };
      } catch (error) {
        lastError = error;
      } finally {
        fetching = undefined;
      }
    })();
    return fetching;
  };
  const mayAsk = (): boolean => fetching !== undefined || now() - triedAt >= pauseMs;
  const usable = (): KnownKeys => {
    if (known && now() - known.fetchedAt < usableMs) return known;
    throw lastError instanceof Error ? lastError : new Error('The keys of the provider are not known');
  };

  return async (header, token) => {
    if ((!known || now() - known.fetchedAt >= freshMs) && mayAsk()) await fetchAgain();
    const { pick, fetchedAt } = usable();
    try {
      return await pick(header, token);
    } catch (error) {
      if (!(error instanceof errors.JWKSNoMatchingKey) || !mayAsk()) throw error;
      await fetchAgain();
      const latest = usable();
      if (latest.fetchedAt === fetchedAt) throw error;
      return latest.pick(header, token);
    }
  };
}
