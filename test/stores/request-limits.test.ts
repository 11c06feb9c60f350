import type { Pool } from 'pg';
import { RequestLimiter } from '../../src/api/limits/request-limiter';
import { createRequestLimitStore } from '../../src/stores/request-limits';
import { openTestStores } from './test-stores';
import type { TestStores } from './test-stores';

let stores: TestStores;
let pool: Pool;
beforeAll(async () => {
  stores = await openTestStores();
  pool = stores.pool;
});
afterAll(() => stores.close());

/** How many seconds have passed since it was called: buckets of 60 a minute have grown by as many. */
function stopwatch(): () => number {
  const begun = performance.now();
  return () => (performance.now() - begun) / 1_000;
}

const use = (key: string, used: number, perMinute = 60) => ({ key, used, perMinute });

it('takes what was used off a bucket that begins full, and lets it grow back, no further than full', async () => {
  const store = createRequestLimitStore(pool);
  const grown = stopwatch();
  expect(await store.settle([use('a', 40), use('b', 1)])).toEqual(
    new Map([
      ['a', 20],
      ['b', 59],
    ]),
  );
  expect((await store.settle([use('a', 5)])).get('a')).toBeLessThan(15 + grown());
  await pool.query(`UPDATE request_limits SET at = at - interval '10 seconds' WHERE bucket = 'a'`);
  const left = (await store.settle([use('a', 0)])).get('a') ?? 0;
  expect(left).toBeGreaterThanOrEqual(25);
  expect(left).toBeLessThan(25 + grown());
  await pool.query(`UPDATE request_limits SET at = at - interval '2 minutes' WHERE bucket = 'a'`);
  expect((await store.settle([use('a', 1)])).get('a')).toBe(59);
});

it('counts what all processes use, also at the same moment, and owes a minute at most', async () => {
  const store = createRequestLimitStore(pool);
  const grown = stopwatch();
  await Promise.all(
    Array.from({ length: 20 }, (_, index) =>
      store.settle(index % 2 ? [use('x', 2), use('y', 2)] : [use('y', 2), use('x', 2)]),
    ),
  );
  const settled = await store.settle([use('x', 0), use('y', 0)]);
  for (const key of ['x', 'y']) expect(settled.get(key)).toBeLessThan(20 + grown());
  expect((await store.settle([use('x', 1_000_000)])).get('x')).toBe(-60);
});

it('a clock of the server that went back gives nothing', async () => {
  const store = createRequestLimitStore(pool);
  await store.settle([use('late', 60)]);
  await pool.query(`UPDATE request_limits SET at = at + interval '1 hour' WHERE bucket = 'late'`);
  expect((await store.settle([use('late', 0)])).get('late')).toBe(0);
});

it('forgets those that are full again', async () => {
  const store = createRequestLimitStore(pool);
  await store.settle([use('gone', 1)]);
  await pool.query(`UPDATE request_limits SET at = at - interval '6 minutes' WHERE bucket = 'gone'`);
  await store.settle([use('other', 1)]);
  const { rows } = await pool.query(`SELECT 1 FROM request_limits WHERE bucket = 'gone'`);
  expect(rows).toEqual([]);
});

it('holds several processes together to one limit, within what each may be ahead', async () => {
  const limits = { user: 1_000, address: 1_000, workspace: 1_000, logins: 1_000 };
  const now = Date.now();
  const store = createRequestLimitStore(pool);
  let statements = 0;
  const running = new Set<Promise<unknown>>();
  const observed = {
    settle: (uses: Parameters<typeof store.settle>[0]) => {
      statements += 1;
      const statement = store.settle(uses).finally(() => running.delete(statement));
      running.add(statement);
      return statement;
    },
  };
  const processes = Array.from(
    { length: 4 },
    () =>
      new RequestLimiter({
        limits,
        store: observed,
        now: () => now,
        onError: (error) => {
          throw error;
        },
      }),
  );
  let taken = 0;
  const grown = stopwatch();
  // 4,000 requests in rounds, with the processes' statements in between: each may be ahead by a twentieth, and by the rest of its round.
  for (let round = 0; round < 100; round += 1) {
    for (const one of processes)
      for (let index = 0; index < 10; index += 1)
        if (one.take('user', 'acme', 'ada').retryAfterSeconds === 0) taken += 1;
    while (running.size > 0) await Promise.all(running);
  }
  await Promise.all(processes.map((one) => one.settle()));
  const { rows } = await pool.query<{ tokens: number }>(`SELECT tokens FROM request_limits WHERE per_minute = 1000`);
  const grownTokens = (grown() * 1_000) / 60;
  expect(taken).toBeGreaterThanOrEqual(1_000);
  expect(taken).toBeLessThanOrEqual(1_000 + processes.length * 60 + grownTokens);
  // What was let through too much is owed.
  expect(rows[0]?.tokens).toBeLessThanOrEqual(1_000 - taken + grownTokens);
  expect(statements).toBeLessThan(150);
});
