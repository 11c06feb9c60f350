import type { RunTaskInput } from '../../src/contracts/protocol/activities';
import { createUpstreamReader } from '../../src/stores/upstream';
import { createAttemptStore } from '../../src/stores/attempts';
import { createTurnStore } from '../../src/stores/turns';
import { takeTurn } from '../../src/activities/turn/take-turn';
import { chainPlan } from './chain-plan';
import { explainPlans } from './explained-plans';
import type { ExplainedPool } from './explained-plans';
import { addOpenAttempts } from './many-outcomes';
import { settlement } from './settlements';
import { openTestStores } from './test-stores';
import type { TestStores } from './test-stores';
import { ended, started } from './session-driver';
import { beforeTurnAhead } from './turn-ahead';

// The first large session of an installation is planned for by what the tables were before: nothing, or a few rows.

const givers = 1_000;

describe.each([
  ['were never analysed', false, 0],
  ['were empty when they were analysed', true, 0],
  ['had a row when they were analysed', true, 1],
  ['had some rows when they were analysed', true, 60],
])('where tables %s', (_name, isAnalysed, rowsBefore) => {
  // From a single row PostgreSQL concludes that no two have a session in common, and takes an index of sessions for as good as one of runs. By itself it
  // analyses from 50 rows on.
  const isMisled = isAnalysed && rowsBefore === 1;
  let stores: TestStores;
  let explained: ExplainedPool;
  let open: RunTaskInput[];

  beforeAll(async () => {
    stores = await openTestStores();
    for (const table of ['outcomes', 'task_runs', 'leases', 'artifacts'])
      await stores.pool.query(`ALTER TABLE ${table} SET (autovacuum_enabled = false)`);
    await addGivers('earlier', rowsBefore);
    await addOutputs(0, rowsBefore);
    if (isAnalysed) await stores.pool.query('VACUUM ANALYZE outcomes, task_runs, leases, artifacts');
    open = await addOpenAttempts(stores, 'default');
    await addGivers(open[0]!.session, 5 * givers);
    await addOutputs(rowsBefore, 5 * givers);
    explained = await explainPlans(stores.databaseUrl);
  });
  afterAll(async () => {
    await explained.pool.end();
    await stores.close();
  });

  it('looks up whose thousand results an attempt was given', async () => {
    const needs = Array.from({ length: givers }, (_, at) => `given_${at}`);
    const reads = await explained.readsOf(() =>
      createAttemptStore(explained.pool, { retentionDays: 30 }).settle({ ...settlement(open[0]!), needs }),
    );
    const rows = reads.reduce((sum, read) => sum + read.rows, 0);
    expect(rows).toBeLessThan(10 * givers);
  });

  it('looks up each of many attempts that begin and are settled, and what they need', async () => {
    const many = open.slice(100, 130);
    const attempts = createAttemptStore(explained.pool, { retentionDays: 30 });
    const ofOne = async (work: () => Promise<unknown>): Promise<Map<string, number>> => {
      const rows = new Map<string, number>();
      for (const read of await explained.readsOf(work)) rows.set(read.of, (rows.get(read.of) ?? 0) + read.rows);
      return rows;
    };
    const begun = await ofOne(() =>
      Promise.all(many.map((one, at) => attempts.begin({ ...one, needs: [`given_${at}`, `given_${at + 1}`] }, 'me'))),
    );
    const settled = await ofOne(() => Promise.all(many.map((one) => attempts.settle(settlement(one)))));
    for (const rows of [begun, settled]) expect(rows.get('leases')).toBeLessThan(10 * many.length);
    if (isMisled) return;
    for (const table of ['task_runs', 'outcomes']) expect(begun.get(table)).toBeLessThan(10 * many.length);
  });

  it('looks up what a task has come to in a session of thousands', async () => {
    const { session } = open[0]!;
    const upstream = createUpstreamReader(explained.pool);
    const reads = await explained.readsOf(async () => {
      expect(await upstream.runs('default', session, ['given_7', 'given_70'])).toHaveLength(2);
    });
    expect(reads.map(({ of }) => of)).toContain('task_runs');
    if (!isMisled) expect(Math.max(...reads.map(({ rows }) => rows))).toBeLessThan(10);
  });

  it('takes a turn in a session of thousands without a look at what is over', async () => {
    const { work, session, next, settlements, ground } = await beforeTurnAhead(stores, chainPlan);
    await addGivers(session.id, 5 * givers);
    const turns = createTurnStore(explained.pool, { retentionDays: 30 });
    const reads = await explained.readsOf(() => takeTurn({ ...work, turns }, next, { settlements, ground }));
    expect(reads.map(({ of }) => of)).toContain('outcomes');
    // Tokens for leases to come are fetched with it.
    const looked = reads.filter(({ of }) => of !== 'generate_series');
    const rowsOf = (some: typeof looked): number => Math.max(...some.map(({ rows }) => rows));
    expect(rowsOf(looked.filter(({ of }) => of === 'leases'))).toBeLessThan(10);
    if (!isMisled) expect(rowsOf(looked)).toBeLessThan(10);
  });

  it('settles hundreds of attempts with a turn, each by its key', async () => {
    const names = Array.from({ length: 300 }, (_, at) => `t${at}`);
    const tasks = Object.fromEntries(names.map((name) => [name, { agent: 'own' }]));
    const agents = { own: { connector: 'simulated' } };
    const session = await stores.addSession(
      JSON.stringify({ version: 1, name: 'wide', concurrency: names.length, agents, tasks }),
    );
    const { plans, artifacts, directory } = stores;
    const work = { turns: createTurnStore(explained.pool, { retentionDays: 30 }), plans, artifacts, directory };
    const { turn, state, ground } = await takeTurn(work, session.request(started));
    const attempts = turn.decisions.flatMap((decision) =>
      decision[0] === 'start'
        ? [{ workspace: 'default', session: session.id, run: names[decision[1]]!, attempt: 1, token: decision[5] }]
        : [],
    );
    expect(attempts).toHaveLength(names.length);
    const next = { ...session.request(...names.map((name) => ended(name))), turn: 2, state };
    const additions = { settlements: attempts.map((attempt) => settlement(attempt)), ...(ground && { ground }) };
    const reads = await explained.readsOf(() => takeTurn(work, next, additions));
    const rows = reads.filter(({ of }) => of !== 'generate_series').map((read) => read.rows);
    expect(rows.length).toBeGreaterThan(10);
    if (!isMisled) expect(Math.max(...rows)).toBeLessThan(10 * names.length);
  });

  it('looks up whether an output is kept', async () => {
    const reads = await explained.readsOf(() =>
      createAttemptStore(explained.pool, { retentionDays: 30 }).settle(settlement(open[1]!, { value: 'a new output' })),
    );
    const rows = reads.filter(({ of }) => of === 'artifacts').map((read) => read.rows);
    expect(rows).not.toEqual([]);
    expect(Math.max(...rows)).toBeLessThan(10);
  });

  async function addOutputs(from: number, count: number): Promise<void> {
    await stores.pool.query(
      `INSERT INTO artifacts (workspace, hash, media_type, size_bytes, body, expires_at)
       SELECT 'default', 'output-' || n, 'application/json', 4, 'null', now() + interval '30 days' FROM generate_series($1::int, $2::int - 1) AS n`,
      [from, count],
    );
  }

  async function addGivers(session: string, count: number): Promise<void> {
    await stores.pool.query(
      `INSERT INTO outcomes (workspace, session, run, attempt, plan_name, task, agent, agent_workspace, token, verdict, retryable, started_at, ended_at,
                             settled_at, duration_ms, evidence, accepted_turn)
       SELECT 'default', $1, 'given_' || n, 1, 'bench', 'given_' || n, 'agent-0', 'default', 0, 'succeeded', true, now(), now(), now(), 1, '[]', 1
       FROM generate_series(0, $2::int - 1) AS n`,
      [session, count],
    );
    await stores.pool.query(
      `INSERT INTO task_runs (workspace, session, run, task, item, position, status, attempt)
       SELECT 'default', $1, 'given_' || n, 'given_' || n, -1, n, 'succeeded', 1 FROM generate_series(0, $2::int - 1) AS n ON CONFLICT DO NOTHING`,
      [session, count],
    );
  }
});
