import { RequestLimiter } from '../../../../src/api/limits/request-limiter';
import { addressOfClient } from '../../../../src/api/limits/address-of-client';
import type { BucketUse, RequestLimitStore } from '../../../../src/contracts/ports/request-limit-store';
import { refill } from '../../../../src/domain/access/token-bucket';
import type { TokenBucket } from '../../../../src/domain/access/token-bucket';

let now: number;
let isAway: boolean;
let errors: unknown[];
let statements: number;
let buckets: Map<string, TokenBucket>;

beforeEach(() => {
  now = 1_000_000;
  isAway = false;
  errors = [];
  statements = 0;
  buckets = new Map();
});

/** As PostgreSQL counts, in memory. */
const store: RequestLimitStore = {
  settle: (uses: readonly BucketUse[]) => {
    if (isAway) return Promise.reject(new Error('away'));
    statements += 1;
    return Promise.resolve(
      new Map(
        uses.map(({ key, used, perMinute }) => {
          const full = refill(buckets.get(key) ?? { tokens: perMinute, at: now }, perMinute, now);
          const bucket = { ...full, tokens: full.tokens - used };
          buckets.set(key, bucket);
          return [key, bucket.tokens];
        }),
      ),
    );
  },
};
const limits = { user: 60, address: 600, workspace: 600, logins: 5 };
const openProcess = (): RequestLimiter =>
  new RequestLimiter({ limits, store, now: () => now, onError: (error) => errors.push(error) });
const takeAll = (limiter: RequestLimiter, times = 1_000): number => {
  let taken = 0;
  for (let index = 0; index < times; index += 1)
    if (limiter.take('user', 'acme', 'ada').retryAfterSeconds === 0) taken += 1;
  return taken;
};

it('lets through what is allowed, says how long the next one has to wait, and lets it through then', () => {
  const limiter = openProcess();
  expect(limiter.take('user', 'acme', 'ada')).toMatchObject({ remaining: 59, retryAfterSeconds: 0, resetSeconds: 1 });
  expect(takeAll(limiter)).toBe(59);
  expect(limiter.take('user', 'acme', 'ada')).toMatchObject({ remaining: 0, retryAfterSeconds: 1, resetSeconds: 60 });
  expect(limiter.take('user', 'acme', 'eve')).toMatchObject({ remaining: 59 });
  expect(limiter.take('user', 'acmea', 'da')).toMatchObject({ remaining: 59 });
  now += 1_000;
  expect(takeAll(limiter)).toBe(1);
});

it('shares a limit among processes, and tells the others of many requests in one statement', async () => {
  const processes = [openProcess(), openProcess(), openProcess()] as const;
  expect(takeAll(processes[0], 50)).toBe(50);
  await processes[0].settle();
  // It has asked once, and hears at the next settlement that little is left.
  expect(takeAll(processes[1], 2)).toBe(2);
  await processes[1].settle();
  expect(takeAll(processes[1])).toBe(8);
  await processes[1].settle();
  processes[2].take('user', 'acme', 'ada');
  await processes[2].settle();
  expect(takeAll(processes[2])).toBe(0);
  expect(statements).toBeLessThan(10);
  await Promise.all(processes.map((one) => one.settle()));
});

it('tells of what was used at once where it is much, and once more of what came meanwhile', async () => {
  const limiter = openProcess();
  for (let index = 0; index < 12; index += 1) limiter.take('user', 'acme', 'ada');
  await new Promise(setImmediate);
  expect([...buckets.values()].map(({ tokens }) => tokens)).toEqual([60 - 12]);
  expect(statements).toBe(2);
  await limiter.settle();
  expect(statements).toBe(2);
});

it('counts on by itself while the database is away, complains once, and forgets nothing', async () => {
  const limiter = openProcess();
  isAway = true;
  expect(takeAll(limiter)).toBe(60);
  await limiter.settle();
  await limiter.settle();
  expect(takeAll(limiter)).toBe(0);
  expect(errors).toHaveLength(1);
  isAway = false;
  await limiter.settle();
  expect([...buckets.values()].map(({ tokens }) => tokens)).toEqual([0]);
});

it.each([
  ['10.0.0.7', '10.0.0.7'],
  ['::ffff:10.0.0.7', '10.0.0.7'],
  ['::1', '0:0:0:0::/64'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
  ['2001:0DB8:0001:0002::9', '2001:db8:1:2::/64'],
  ['fe80::1%eth0', 'fe80:0:0:0::/64'],
])('counts the address %s as %s', (ip, counted) => expect(addressOfClient(ip)).toBe(counted));

it('tries again while the database is away, until it is closed', async () => {
  let tries = 0;
  const settle = (): Promise<never> => {
    tries += 1;
    return Promise.reject(new Error('away'));
  };
  jest.useFakeTimers();
  const limiter = new RequestLimiter({ limits, store: { settle }, now: () => now, onError: () => undefined });
  limiter.take('user', 'acme', 'ada');
  await jest.advanceTimersByTimeAsync(2_000);
  expect(tries).toBe(4);
  await limiter.close();
  await jest.advanceTimersByTimeAsync(2_000);
  expect(tries).toBe(5);
  jest.useRealTimers();
});
