import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import { OrchestraError } from '../domain/errors';

/** A token is looked up again after this long, in case that nobody told that it was revoked. */
const keptMs = 60_000;

export interface MadeToken {
  /** Finds the token's row. */
  id: string;
  /** With 256 random bits; shown once. */
  token: string;
  /** All that is kept of it: with so many random bits, a plain SHA-256 will do. */
  hash: Buffer;
}

/** @param seed at least 48 random bits in hex, of the request that the token is made for: made again, it has the same id and another secret */
export function makeToken(prefix: string, seed = randomBytes(6).toString('hex')): MadeToken {
  const id = seed.slice(0, 12);
  const token = `${prefix}_${id}_${randomBytes(32).toString('base64url')}`;
  return { id, token, hash: hashOf(token) };
}

interface StoredToken {
  hash: Buffer;
  /** Milliseconds since 1970; null for never. */
  expiresAt: number | null;
}

export interface TokenLookup<Stored> {
  /** What is stored of the token. Throws TOKEN_INVALID. */
  recognise(token: string): Promise<Stored>;
  /** It has been revoked. */
  forget(id: string): void;
  /** Something may have been missed. */
  forgetAll(): void;
}

export function createTokenLookup<Stored extends StoredToken>(options: {
  prefix: string;
  /** How to get a token. */
  advice: string;
  find(id: string): Promise<Stored | undefined>;
  now(): number;
}): TokenLookup<Stored> {
  const pattern = new RegExp(`^${options.prefix}_([0-9a-f]{12})_[A-Za-z0-9_-]{43}$`);
  const known = new LRUCache<string, Promise<Stored | undefined>>({ max: 50_000, ttl: keptMs });
  const find = (id: string): Promise<Stored | undefined> => {
    const asked = known.get(id);
    if (asked) return asked;
    // Kept before it is found: if it is revoked meanwhile, it is forgotten with that.
    const finding = options.find(id);
    known.set(id, finding);
    const forget = (): void => {
      if (known.peek(id) === finding) known.delete(id);
    };
    finding.then((stored) => {
      if (!stored) forget();
    }, forget);
    return finding;
  };
  const invalid = (what: string): OrchestraError => new OrchestraError('TOKEN_INVALID', `${what}. ${options.advice}`);
  return {
    recognise: async (token) => {
      const [, id] = pattern.exec(token) ?? [];
      const stored = id === undefined ? undefined : await find(id);
      // Of a token that is not there, as little is said as of one that is wrong.
      if (!stored || !timingSafeEqual(hashOf(token), stored.hash)) throw invalid('The token is not valid');
      if (stored.expiresAt !== null && stored.expiresAt <= options.now()) throw invalid('The token has expired');
      return stored;
    },
    forget: (id) => void known.delete(id),
    forgetAll: () => known.clear(),
  };
}

function hashOf(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}
