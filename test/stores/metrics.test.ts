import type { MetricsReader } from '../../src/contracts/ports/metrics-reader';
import { createMetricsReader } from '../../src/stores/metrics';
import { openTestStores } from './test-stores';
import type { TestStores } from './test-stores';

let stores: TestStores;
let metrics: MetricsReader;

beforeAll(async () => {
  stores = await openTestStores();
  metrics = createMetricsReader(stores.pool);
});
afterAll(() => stores.close());

const now = Date.UTC(2026, 2, 10);
const hourMs = 3_600_000;

interface Ended {
  run: string;
  attempt?: number;
  agent?: string;
  owner?: string | null;
  verdict?: string;
  lost?: boolean;
  durationMs?: number;
  costUsd?: number | null;
  at?: number;
  quality?: number;
  inputTokens?: number;
  cachedTokens?: number;
}

let sessions = 0;

/** Attempts that ended in a session of the workspace, an hour before now unless said otherwise. */
async function ended(workspace: string, attempts: Ended[]): Promise<string> {
  const session = `s-${++sessions}`;
  for (const { run, attempt = 1, agent = 'ada', owner = null, verdict = 'succeeded', ...rest } of attempts) {
    const { lost = false, durationMs = 1_000, costUsd = 0.5, at = now - hourMs } = rest;
    const { quality = null, inputTokens = null, cachedTokens = null } = rest;
    await stores.pool.query(
      `INSERT INTO outcomes (workspace, session, run, attempt, plan_name, task, agent, agent_workspace, token, verdict, lost, retryable,
                             ended_at, duration_ms, cost_usd, tokens, evidence, settled_at,
                             quality, input_tokens, cached_input_tokens)
       VALUES ($1, $2, $3, $4, 'plan', $3, $5, $6, 0, $7, $8, true, to_timestamp($11), $9, $10, 10, '[]', to_timestamp($11), $12, $13, $14)`,
      [
        workspace,
        session,
        run,
        attempt,
        agent,
        owner,
        verdict,
        lost,
        durationMs,
        costUsd,
        at / 1_000,
        quality,
        inputTokens,
        cachedTokens,
      ],
    );
  }
  return session;
}

const day = { from: now - 24 * hourMs, to: now };

it('adds up what ended in the period, of all and of each agent, the busiest first', async () => {
  await ended('adds', [
    ...Array.from({ length: 99 }, (_, n) => ({ run: `each[${n}]`, durationMs: n + 1, costUsd: n < 84 ? 0.5 : 2 })),
    { run: 'again', verdict: 'failed' },
    { run: 'again', attempt: 2, durationMs: 100, costUsd: null },
    { run: 'away', verdict: 'failed', lost: true },
    { run: 'stopped', verdict: 'cancelled' },
    { run: 'other', agent: 'bob', owner: 'acme' },
    { run: 'own', agent: 'eve', owner: 'adds', verdict: 'timed_out' },
    { run: 'before', agent: 'bob', at: now - 25 * hourMs },
  ]);
  await ended('else', [{ run: 'theirs' }]);
  const [all, ada, ...others] = await metrics.of('adds', day);
  expect(all).toMatchObject({ agent: null, tasks: 104, attempts: 105, succeeded: 101, failed: 2, tokens: 1_050 });
  expect(ada).toEqual({
    agent: 'ada',
    tasks: 102,
    attempts: 103,
    succeeded: 100,
    failed: 1,
    durationMs: {
      mean: 50.5,
      p50: 50.5,
      p90: expect.closeTo(90.1),
      p95: expect.closeTo(95.05),
      p99: expect.closeTo(99.01),
    },
    costUsd: 73.5,
    attemptCostUsd: { p50: 0.5, p90: 2 },
    tokens: 1_030,
    unknownCost: 1,
    rating: null,
    quality: null,
    cacheHitRate: null,
  });
  expect(others).toMatchObject([
    { agent: 'acme/bob', tasks: 1, succeeded: 1 },
    { agent: 'eve', succeeded: 0, failed: 1, durationMs: null },
  ]);
});

it('is about one agent when asked, and says zero where there is nothing', async () => {
  await ended('one', [{ run: 'a' }, { run: 'b', agent: 'bob' }]);
  expect(await metrics.of('one', day, 'bob')).toMatchObject([
    { agent: null, attempts: 1 },
    { agent: 'bob', attempts: 1 },
  ]);
  expect(await metrics.of('none', day)).toMatchObject([{ agent: null, attempts: 0, durationMs: null, costUsd: 0 }]);
});

it('knows what people gave, of each attempt the latest', async () => {
  const session = await ended('rated', [{ run: 'a' }, { run: 'b' }]);
  await stores.pool.query(
    `INSERT INTO outcome_feedback (workspace, session, run, attempt, rating) VALUES ('rated', $1, 'a', 1, 1), ('rated', $1, 'a', 1, 5), ('rated', $1, 'b', 1, 4)`,
    [session],
  );
  expect((await metrics.of('rated', day))[0]?.rating).toBe(4.5);
});

it('knows how good outputs were, and how much of what models read came from a cache, of those that tell both', async () => {
  await ended('measured', [
    { run: 'a', quality: 0.5, inputTokens: 1_000, cachedTokens: 900 },
    { run: 'b', quality: 1, inputTokens: 3_000, cachedTokens: 100 },
    { run: 'c', inputTokens: 9_000 },
    { run: 'd', cachedTokens: 7 },
    { run: 'e', agent: 'bob', inputTokens: 100, cachedTokens: 0 },
  ]);
  const [all, ada, bob] = await metrics.of('measured', day);
  expect([all, ada, bob].map((one) => one?.quality)).toEqual([0.75, 0.75, null]);
  expect([all, ada, bob].map((one) => one?.cacheHitRate)).toEqual([expect.closeTo(1_000 / 4_100), 0.25, 0]);
});

it('lists what attempts of a session came to, in order of their ends', async () => {
  const session = await ended('listed', [
    { run: 'b', at: now - 1, quality: 0.5, owner: 'acme' },
    { run: 'a', at: now - 2, verdict: 'failed', costUsd: null },
  ]);
  await ended('listed', [{ run: 'else' }]);
  const measured = { task: 'b', run: 'b', agent: 'acme/ada', verdict: 'succeeded', startedAt: null, endedAt: now - 1 };
  expect(await metrics.ofSession('listed', session)).toEqual([
    expect.objectContaining({ run: 'a', agent: 'ada', verdict: 'failed', costUsd: null }),
    { ...measured, costUsd: 0.5, tokens: 10, quality: 0.5 },
  ]);
});

it('reads a period by its time, and not all that ever ended', async () => {
  await stores.pool.query(
    `INSERT INTO outcomes (workspace, session, run, attempt, plan_name, task, agent, token, verdict, retryable, ended_at, evidence, settled_at)
     SELECT 'many', 'past', 'task', n, 'plan', 'task', 'ada', 0, 'succeeded', true, at, '[]', at
     FROM generate_series(1, 20000) AS n CROSS JOIN LATERAL (SELECT to_timestamp($1) - n * interval '1 minute') AS ended (at)`,
    [now / 1_000],
  );
  const { rows } = await stores.pool.query<{ 'QUERY PLAN': string }>(
    `EXPLAIN SELECT count(*) FROM outcomes WHERE workspace = 'many' AND settled_at > to_timestamp($1)`,
    [(now - hourMs) / 1_000],
  );
  expect(rows.map((row) => row['QUERY PLAN']).join('\n')).toContain('outcomes_by_time');
  expect((await metrics.of('many', { from: now - hourMs, to: now }))[0]?.attempts).toBe(59);
});
