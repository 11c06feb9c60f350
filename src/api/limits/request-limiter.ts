import { createHash } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import type { BucketUse, RequestLimitStore } from '../../contracts/ports/request-limit-store';
import type { LimitScope, RequestLimits } from '../../domain/access/request-limits';
import { refill, secondsUntil } from '../../domain/access/token-bucket';
import type { TokenBucket } from '../../domain/access/token-bucket';

export interface RequestLimiterOptions {
  limits: RequestLimits;
  store: RequestLimitStore;
  /** Milliseconds since 1970. */
  now(): number;
  onError(error: unknown): void;
}

/** How somebody stands to one limit. */
export interface Allowance {
  scope: LimitScope;
  perMinute: number;
  remaining: number;
  /** Until nothing of what was used is missing any more. */
  resetSeconds: number;
  /** Until the next request is allowed; 0 where it is now. */
  retryAfterSeconds: number;
}

interface Counter extends TokenBucket {
  readonly scope: LimitScope;
  readonly key: string;
  /** Not told to the other processes yet. */
  unsettled: number;
}

/** What was used is told to the other processes after this long at the latest, in one statement for all users, … */
const settleAfterMs = 500;
/** … and at once when it is this share of a limit: so far can each process be ahead of what the others know. */
const settleAtShare = 1 / 20;

/** As many buckets are kept at hand; one that is pushed out is read again from what all have settled. */
const maxCounters = 100_000;

/**
 * Counts requests. No request waits for the database: each process counts for itself, tells the others what was used, and hears what is left. While the
 * database is away each goes on by itself.
 */
export class RequestLimiter {
  private readonly counters: LRUCache<string, Counter>;
  private unsettled = new Map<string, Counter>();
  private timer: NodeJS.Timeout | undefined;
  private settling: Promise<void> | undefined;
  /** Much was used while the others were told of what came before. */
  private isBehind = false;
  private isStoreAway = false;
  private isClosed = false;

  constructor(private readonly options: RequestLimiterOptions) {
    this.counters = new LRUCache({ max: maxCounters });
  }

  /** Counts one request of `who`, unless it is one too many. `who`: parts that together name somebody. */
  take(scope: LimitScope, ...who: string[]): Allowance {
    const counter = this.counterOf(scope, who);
    if (counter.tokens >= 1) {
      counter.tokens -= 1;
      counter.unsettled += 1;
      this.unsettled.set(counter.key, counter);
      this.plan(counter);
      return this.allowanceOf(counter, 0);
    }
    return this.allowanceOf(counter, secondsUntil(1, counter, this.options.limits[scope]));
  }

  /** As `take` would answer, without counting. */
  look(scope: LimitScope, ...who: string[]): Allowance {
    const counter = this.counterOf(scope, who);
    return this.allowanceOf(counter, secondsUntil(1, counter, this.options.limits[scope]));
  }

  /** Tells the others what was used so far. */
  async settle(): Promise<void> {
    if (this.settling) return this.settling.then(() => this.settle());
    clearTimeout(this.timer);
    this.timer = undefined;
    if (this.unsettled.size === 0) return;
    const counters = [...this.unsettled.values()];
    this.unsettled = new Map();
    this.settling = this.settleThese(counters).finally(() => {
      this.settling = undefined;
      if (this.isBehind) void this.settle();
      this.isBehind = false;
    });
    await this.settling;
  }

  /** Tells the others a last time, and does not try again where that fails. */
  async close(): Promise<void> {
    this.isClosed = true;
    await this.settle();
  }

  private async settleThese(counters: readonly Counter[]): Promise<void> {
    const uses = counters.map(({ key, scope, unsettled }): BucketUse => {
      return { key, used: unsettled, perMinute: this.options.limits[scope] };
    });
    for (const counter of counters) counter.unsettled = 0;
    try {
      const left = await this.options.store.settle(uses);
      this.isStoreAway = false;
      const at = this.options.now();
      for (const counter of counters) {
        // What came while the statement ran is not in its answer.
        counter.tokens = (left.get(counter.key) ?? counter.tokens + counter.unsettled) - counter.unsettled;
        counter.at = at;
      }
    } catch (error) {
      // Once: it is tried again until it is back.
      if (!this.isStoreAway) this.options.onError(error);
      this.isStoreAway = true;
      this.isBehind = false;
      for (const [index, counter] of counters.entries()) {
        counter.unsettled += uses[index]?.used ?? 0;
        this.unsettled.set(counter.key, counter);
      }
      if (!this.isClosed) this.timer ??= setTimeout(() => void this.settle(), settleAfterMs).unref();
    }
  }

  private plan({ unsettled, scope }: Counter): void {
    const isMuch = unsettled >= this.options.limits[scope] * settleAtShare && !this.isStoreAway;
    if (isMuch && this.settling) this.isBehind = true;
    else if (isMuch) void this.settle();
    else this.timer ??= setTimeout(() => void this.settle(), settleAfterMs).unref();
  }

  private counterOf(scope: LimitScope, who: readonly string[]): Counter {
    const perMinute = this.options.limits[scope];
    const name = [scope, ...who].join('\0');
    const now = this.options.now();
    const known = this.counters.get(name);
    if (known) return Object.assign(known, refill(known, perMinute, now));
    const key = createHash('sha256').update(name).digest('base64url').slice(0, 27);
    const counter = { scope, key, unsettled: 0, tokens: perMinute, at: now };
    this.counters.set(name, counter);
    return counter;
  }

  private allowanceOf(counter: Counter, retryAfterSeconds: number): Allowance {
    const { scope, tokens } = counter;
    const perMinute = this.options.limits[scope];
    const resetSeconds = secondsUntil(perMinute, counter, perMinute);
    return { scope, perMinute, remaining: Math.max(0, Math.floor(tokens)), resetSeconds, retryAfterSeconds };
  }
}
