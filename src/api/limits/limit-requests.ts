import { createHash } from 'node:crypto';
import type { FastifyReply } from 'fastify';
import { LRUCache } from 'lru-cache';
import type { Principal } from '../../domain/access/roles';
import { OrchestraError } from '../../domain/errors';
import { addressOfClient } from './address-of-client';
import type { Allowance, RequestLimiter } from './request-limiter';

/** One request too many. */
export class TooManyRequests extends OrchestraError {
  constructor(
    readonly retryAfterSeconds: number,
    what: string,
  ) {
    super('RATE_LIMITED', `${what} Try again in ${retryAfterSeconds} s.`);
  }
}

const counted: Record<Allowance['scope'], string> = {
  user: 'This token has made too many requests.',
  address: 'Too many requests come from your address.',
  workspace: 'The workspace of this token has made too many requests.',
  logins: 'Too many requests with tokens that are not valid come from your address.',
};

/** Good tokens are let in also from an address that others guess from. */
const maxGoodTokens = 50_000;
const goodForMs = 600_000;

/** Counts requests by who makes them, and refuses those that are too many. All methods throw RATE_LIMITED. */
export class LimitRequests {
  private readonly goodTokens = new LRUCache<string, true>({ max: maxGoodTokens, ttl: goodForMs });

  /** Without a limiter nothing is limited. */
  constructor(private readonly limiter: RequestLimiter | undefined) {}

  /** Before anything is known of who it is. */
  ofAddress(ip: string, reply: FastifyReply): void {
    if (this.limiter) allow([this.limiter.take('address', addressOfClient(ip))], reply);
  }

  /** Whose token it is. Guesses are counted; whoever guesses too much is not looked up any more. */
  async recognise<T>(ip: string, token: string, recognise: () => Promise<T>): Promise<T> {
    const { limiter, goodTokens } = this;
    if (!limiter) return recognise();
    const address = addressOfClient(ip);
    const digest = createHash('sha256').update(token).digest('base64');
    if (!goodTokens.has(digest)) refuse(limiter.look('logins', address));
    try {
      const known = await recognise();
      goodTokens.set(digest, true);
      return known;
    } catch (error) {
      if (error instanceof OrchestraError && error.code === 'TOKEN_INVALID') {
        goodTokens.delete(digest);
        refuse(limiter.take('logins', address));
      }
      throw error;
    }
  }

  /** Without a reply, nobody is told how much is left. */
  ofPrincipal({ workspace, subject }: Principal, reply?: FastifyReply): void {
    const { limiter } = this;
    if (!limiter) return;
    const user = limiter.take('user', workspace, subject);
    // What the user may not, the workspace is not charged for.
    allow(user.retryAfterSeconds > 0 ? [user] : [user, limiter.take('workspace', workspace)], reply);
  }
}

/** Tells of the allowance that is nearest to its end, and refuses where there is none left. */
function allow(allowances: readonly [Allowance, ...Allowance[]], reply: FastifyReply | undefined): void {
  const tightest = allowances.reduce((left, right) => (shareOf(right) < shareOf(left) ? right : left));
  const { scope, perMinute, remaining, resetSeconds } = tightest;
  void reply
    ?.header('ratelimit-policy', `"${scope}";q=${perMinute};w=60`)
    .header('ratelimit', `"${scope}";r=${remaining};t=${resetSeconds}`);
  for (const allowance of allowances) refuse(allowance);
}

function shareOf({ remaining, perMinute, retryAfterSeconds }: Allowance): number {
  return retryAfterSeconds > 0 ? -1 : remaining / perMinute;
}

function refuse({ scope, retryAfterSeconds }: Allowance): void {
  if (retryAfterSeconds > 0) throw new TooManyRequests(retryAfterSeconds, counted[scope]);
}
