import type { RunTaskInput } from '../../src/contracts/protocol/activities';
import { ended, lost, started } from './session-driver';
import type { SessionDriver } from './session-driver';
import type { RunResult } from '../../src/domain/plan/task-results';
import { createUpstreamReader } from '../../src/stores/upstream';
import { createInsightMiningStore } from '../../src/stores/insight-mining';
import { createRoutingReader } from '../../src/stores/routing-reader';
import { settlement } from './settlements';
import { openTestStores, testWorkspace } from './test-stores';
import type { TestStores } from './test-stores';

let stores: TestStores;

beforeAll(async () => (stores = await openTestStores()));
afterAll(() => stores.close());

const fan = (items: number): string => `
version: 1
name: fan
agents: { ok: { connector: simulated, latency: 1ms } }
concurrency: 200
defaults: { retry: { attempts: 2, initialInterval: 1ms } }
tasks: { each: { forEach: [${Array.from({ length: items }, (_, item) => item).join(', ')}], agent: ok } }
`;

async function startAttempts(items: number): Promise<{ session: SessionDriver; attempts: RunTaskInput[] }> {
  const session = await stores.addSession(fan(items));
  const { attempts } = await session.take(started);
  expect(attempts).toHaveLength(items);
  return { session, attempts };
}

async function startAttempt(): Promise<{ session: SessionDriver; attempt: RunTaskInput }> {
  const { session, attempts } = await startAttempts(1);
  const [attempt] = attempts;
  if (!attempt) throw new Error('an attempt was expected');
  return { session, attempt };
}

async function rowsOf<Row extends object>(table: string, session: SessionDriver): Promise<Row[]> {
  return (await stores.pool.query<Row>(`SELECT * FROM ${table} WHERE session = $1 ORDER BY 1, 2, 3`, [session.id]))
    .rows;
}

describe('beginning an attempt', () => {
  it('lets one of two holders begin, whichever comes first, and repeats its answer to that one', async () => {
    const { attempt } = await startAttempt();
    const [one, other] = await Promise.all([
      stores.attempts.begin(attempt, 'one'),
      stores.attempts.begin(attempt, 'other'),
    ]);
    expect([one?.kind, other?.kind].sort()).toEqual(['begun', 'refused']);
    const winner = one?.kind === 'begun' ? 'one' : 'other';
    expect(await stores.attempts.begin(attempt, winner)).toMatchObject({ kind: 'begun' });
    expect(await stores.attempts.begin(attempt, winner === 'one' ? 'other' : 'one')).toEqual({ kind: 'refused' });
  });

  it('lets one of many processes begin', async () => {
    const { attempts } = await startAttempts(5);
    const processes = Array.from({ length: 4 }, (_, at) => ({
      name: `process ${at}`,
      store: stores.newAttemptStore(),
    }));
    const answers = await Promise.all(
      processes.flatMap(({ name, store }) => attempts.map((attempt) => store.begin(attempt, `${name}/${attempt.run}`))),
    );
    expect(answers.filter(({ kind }) => kind === 'begun')).toHaveLength(5);
    expect(answers.filter(({ kind }) => kind === 'refused')).toHaveLength(15);
  });

  it('tells the worker what it needs to know', async () => {
    const { session, attempt } = await startAttempt();
    const beginning = await stores.attempts.begin(attempt, 'worker');
    const overview = await stores.catalog.find(testWorkspace, session.id);
    expect(beginning).toMatchObject({
      kind: 'begun',
      attempt: { planName: 'fan', planHash: overview?.planHash, agent: 'ok', leaseMs: 30_000, isCancelled: false },
    });
  });

  it('tells it what the tasks have come to that the attempt needs, fan-outs with their items', async () => {
    const session = await stores.addSession(`
version: 1
name: needing
agents: { ok: { connector: simulated } }
tasks:
  good: { agent: ok }
  bad: { agent: ok, onFailure: continue, retry: { attempts: 1 } }
  each: { forEach: [1, 2], agent: ok }
  last: { needs: [good, bad, each], agent: ok }
`);
    const { attempts } = await session.take(started);
    for (const one of attempts) {
      await stores.attempts.begin(one, 'worker');
      const verdict = one.run === 'bad' ? 'failed' : 'succeeded';
      await stores.attempts.settle(settlement(one, { verdict, ...(verdict === 'failed' && { error: 'it broke' }) }));
    }
    const { attempts: next } = await session.take(
      ...attempts.map(({ run }) => ended(run, 1, run === 'bad' ? 'failed' : 'succeeded')),
    );
    const last = next.find(({ run }) => run === 'last')!;
    const needs = ['good', 'bad', 'each'];
    const beginning = await stores.attempts.begin({ ...last, needs }, 'worker');
    const { upstream = [] } = beginning.kind === 'begun' ? beginning.attempt : {};
    const byRun = (rows: readonly RunResult[]): RunResult[] =>
      [...rows].sort((a, b) => a.task.localeCompare(b.task) || a.item - b.item);
    expect(byRun(upstream)).toEqual(
      byRun(await createUpstreamReader(stores.pool).runs(testWorkspace, session.id, needs)),
    );
    expect(byRun(upstream)).toMatchObject([
      { task: 'bad', item: -1, status: 'failed', error: 'it broke' },
      { task: 'each', item: -1, items: 2, status: 'succeeded' },
      { task: 'each', item: 0, status: 'succeeded', outputHash: expect.any(String) },
      { task: 'each', item: 1, status: 'succeeded', outputHash: expect.any(String) },
      { task: 'good', item: -1, status: 'succeeded', outputHash: expect.any(String) },
    ]);
    const again = await stores.attempts.begin(last, 'worker');
    expect(again).toMatchObject({ kind: 'begun' });
    expect(again).not.toHaveProperty('attempt.upstream');
  });

  it('refuses an expired grant, an unknown attempt and another token', async () => {
    const { session, attempt } = await startAttempt();
    expect(await stores.attempts.begin({ ...attempt, token: attempt.token + 1_000 }, 'worker')).toEqual({
      kind: 'refused',
    });
    expect(await stores.attempts.begin({ ...attempt, attempt: 7 }, 'worker')).toEqual({ kind: 'refused' });
    await stores.expireLeases(session);
    expect(await stores.attempts.begin(attempt, 'worker')).toEqual({ kind: 'refused' });
    // The session is told, and the run is queued again at no cost of a try.
    const { attempts } = await session.take({
      id: 'unstarted',
      type: 'attempt-unstarted',
      run: attempt.run,
      attempt: 1,
    });
    expect(attempts).toMatchObject([{ run: attempt.run, attempt: 2 }]);
  });

  it('refuses an attempt that was withdrawn', async () => {
    const { session, attempt } = await startAttempt();
    await session.take({ id: 'cancel', type: 'cancel-requested' });
    expect(session.state?.ended?.status).toBe('cancelled');
    expect(await stores.attempts.begin(attempt, 'worker')).toEqual({ kind: 'refused' });
  });

  it('keeps an attempt that has begun from being withdrawn', async () => {
    const { session, attempt } = await startAttempt();
    await stores.attempts.begin(attempt, 'worker');
    const { result } = await session.take({ id: 'unstarted', type: 'attempt-unstarted', run: attempt.run, attempt: 1 });
    expect(result).toMatchObject({ accepted: [], dropped: ['unstarted'] });
  });

  it('gives what an attempt came to that was settled before', async () => {
    const { attempt } = await startAttempt();
    await stores.attempts.begin(attempt, 'worker');
    await stores.attempts.settle(
      settlement(attempt, { verdict: 'rate_limited', retryAfterMs: 1_500, retryable: false }),
    );
    expect(await stores.attempts.begin(attempt, 'another')).toEqual({
      kind: 'settled',
      verdict: 'rate_limited',
      retryable: false,
      retryAfterMs: 1_500,
    });
  });
});

describe('settling an attempt', () => {
  it('stores the outcome, its output and its cost, and releases the lease', async () => {
    const { session, attempt } = await startAttempt();
    await stores.attempts.begin(attempt, 'worker');
    await stores.attempts.settle(settlement(attempt, { value: [1, 2] }));
    expect(await rowsOf('outcomes', session)).toMatchObject([
      { run: 'each[0]', task: 'each', verdict: 'succeeded', duration_ms: 2_000, tokens: 100, accepted_turn: null },
    ]);
    expect(await rowsOf('leases', session)).toMatchObject([{ released_at: expect.any(Date) }]);
    const ledger = await rowsOf<{ entry: string; spent_micros: number | null }>('ledger', session);
    expect(ledger.map(({ entry, spent_micros }) => [entry, spent_micros])).toEqual([
      ['reserved', null],
      ['settled', 250_000],
    ]);
    await session.take(ended('each[0]'));
    expect(await stores.catalog.outputs(testWorkspace, session.id)).toEqual(new Map([['each[0]', [1, 2]]]));
  });

  it('does no harm when it is repeated', async () => {
    const { session, attempt } = await startAttempt();
    await stores.attempts.begin(attempt, 'worker');
    await Promise.all([1, 2, 3].map(() => stores.newAttemptStore().settle(settlement(attempt))));
    await stores.attempts.settle(settlement(attempt, { verdict: 'failed' }));
    expect(await rowsOf('outcomes', session)).toMatchObject([{ verdict: 'succeeded', lost: false }]);
    expect(await rowsOf('ledger', session)).toHaveLength(2);
  });

  it('leaves an unknown cost unknown', async () => {
    const { session, attempt } = await startAttempt();
    await stores.attempts.begin(attempt, 'worker');
    const { tokens: _, costUsd: __, ...unknown } = settlement(attempt);
    await stores.attempts.settle(unknown);
    expect(await rowsOf('ledger', session)).toMatchObject([
      { entry: 'reserved' },
      { entry: 'settled', spent_micros: null, spent_tokens: null },
    ]);
    expect(await rowsOf('outcomes', session)).toMatchObject([{ tokens: null, cost_usd: null }]);
  });

  it('records the cost and never the result of an attempt that was given up as lost', async () => {
    const { session, attempt } = await startAttempt();
    await stores.attempts.begin(attempt, 'worker');
    await stores.expireLeases(session);
    await session.take(lost('each[0]'));
    await stores.attempts.settle(settlement(attempt));
    expect(await rowsOf('outcomes', session)).toMatchObject([
      { verdict: 'failed', lost: true, output_hash: null, tokens: 100, cost_usd: '0.250000', accepted_turn: 2 },
    ]);
    const { result } = await session.take(ended('each[0]'));
    expect(session.status('each')).not.toBe('succeeded');
    expect(result.decisions.every(([kind]) => kind === 'start')).toBe(true);
  });

  it('does not settle with the token of another lease', async () => {
    const { session, attempt } = await startAttempt();
    await stores.attempts.begin(attempt, 'worker');
    await stores.attempts.settle(settlement({ ...attempt, token: attempt.token + 1_000 }));
    expect(await rowsOf('outcomes', session)).toEqual([]);
    expect(await rowsOf('leases', session)).toMatchObject([{ released_at: null }]);
  });

  it('keeps how the agent worked, as far as it says so, and tells it of the task', async () => {
    const { session, attempt } = await startAttempt();
    await stores.attempts.begin(attempt, 'worker');
    const work = { tools: ['read', 'edit'], filesChanged: ['src/a.ts'], messages: 12 };
    await stores.attempts.settle(settlement(attempt, { model: 'small', work, verdict: 'failed', error: 'no file' }));
    const [outcome, ...others] = await createRoutingReader(stores.pool).outcomes(testWorkspace, session.id, 'each');
    expect(others).toEqual([]);
    expect(outcome).toMatchObject({
      ...{ run: 'each[0]', attempt: 1, verdict: 'failed', durationMs: 2_000, costUsd: 0.25, tokens: 100 },
      ...{ model: 'small', work, error: 'no file' },
    });
  });

  it('keeps how much each task gave its agent, which insights look at, and nothing where that is unknown', async () => {
    const { session, attempts } = await startAttempts(2);
    await Promise.all(attempts.map((attempt) => stores.attempts.begin(attempt, 'worker')));
    const [first, second] = attempts as [RunTaskInput, RunTaskInput];
    await stores.attempts.settle(settlement(first, { inputBytes: 70 }));
    await stores.attempts.settle(settlement(second));
    const looked = await createInsightMiningStore(stores.pool).attempts(testWorkspace, { limit: 99, maxAgeMs: 60_000 });
    const own = looked.filter((one) => one.session === session.id);
    expect(new Map(own.map(({ run, inputBytes }) => [run, inputBytes]))).toEqual(
      new Map([
        [first.run, 70],
        [second.run, null],
      ]),
    );
  });

  it('takes texts that PostgreSQL cannot store', async () => {
    const { session, attempt } = await startAttempt();
    await stores.attempts.begin(attempt, 'worker');
    const value = { text: 'nul \u0000 half \udfff' };
    await stores.attempts.settle(
      settlement(attempt, {
        value,
        error: 'an \u0000 error \ud83d',
        evidence: [{ kind: 'exit-code', says: 'succeeded', detail: 'exit \u0000 \udc00 0' }],
      }),
    );
    expect(await rowsOf('outcomes', session)).toMatchObject([
      { error: 'an \ufffd error \ufffd', evidence: [{ detail: 'exit \ufffd \ufffd 0' }] },
    ]);
    await session.take(ended('each[0]'));
    expect((await stores.catalog.outputs(testWorkspace, session.id)).get('each[0]')).toEqual(value);
  });

  it('keeps a whole surrogate pair as it is', async () => {
    const { session, attempt } = await startAttempt();
    await stores.attempts.begin(attempt, 'worker');
    await stores.attempts.settle(settlement(attempt, { verdict: 'failed', error: 'fish 🐟' }));
    expect(await rowsOf('outcomes', session)).toMatchObject([{ error: 'fish 🐟' }]);
  });

  it('stores many that end together, the same output once', async () => {
    const { session, attempts } = await startAttempts(60);
    const beginnings = await Promise.all(attempts.map((attempt) => stores.attempts.begin(attempt, 'worker')));
    expect(beginnings.map(({ kind }) => kind)).toEqual(attempts.map(() => 'begun'));
    await Promise.all(
      attempts.map((attempt) => stores.attempts.settle(settlement(attempt, { value: `same of ${session.id}` }))),
    );
    const { result } = await session.take(...attempts.map(({ run }) => ended(run)));
    expect(result.accepted).toHaveLength(60);
    expect(session.state?.ended?.status).toBe('succeeded');
    const { rows } = await stores.pool.query(
      `SELECT count(DISTINCT output_hash) AS hashes, count(*) FROM outcomes WHERE session = $1`,
      [session.id],
    );
    expect(rows).toEqual([{ hashes: 1, count: 60 }]);
  });

  it('fails one that the database refuses alone, and not those that came with it', async () => {
    const { session, attempts } = await startAttempts(4);
    await Promise.all(attempts.map((attempt) => stores.attempts.begin(attempt, 'worker')));
    const settled = await Promise.allSettled(
      attempts.map((attempt, at) => stores.attempts.settle(settlement(attempt, at === 1 ? { costUsd: 1e300 } : {}))),
    );
    expect(settled.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled', 'fulfilled']);
    expect(await rowsOf('outcomes', session)).toHaveLength(3);
  });

  it('does not get in the way of a session that cancels the same attempts', async () => {
    const { session, attempts } = await startAttempts(100);
    await Promise.all(attempts.map((attempt) => stores.attempts.begin(attempt, 'worker')));
    const settling = [...attempts].reverse().map((attempt) => stores.attempts.settle(settlement(attempt)));
    await session.take({ id: 'cancel', type: 'cancel-requested' });
    await Promise.all(settling);
    await session.take(...attempts.map(({ run }) => ended(run)));
    expect(session.state?.ended).toBeDefined();
  });
});

describe('extending leases', () => {
  it('reports which attempts are to stop: cancelled, and given up as lost', async () => {
    const { session, attempts } = await startAttempts(3);
    await Promise.all(attempts.map((attempt) => stores.attempts.begin(attempt, 'worker')));
    expect(await stores.attempts.extend(attempts, 30_000)).toEqual([]);
    const [gone, cancelled, fine] = attempts;
    if (!gone || !cancelled || !fine) throw new Error('three attempts were expected');
    await stores.expireLeases(session, gone.run);
    await session.take(lost(gone.run));
    await stores.pool.query('UPDATE leases SET cancelled_at = now() WHERE token = $1', [cancelled.token]);
    const toStop = await stores.attempts.extend(attempts, 30_000);
    expect(toStop.map(({ run }) => run)).toEqual([gone.run, cancelled.run]);
  });

  it('keeps the last progress that was reported', async () => {
    const { session, attempt } = await startAttempt();
    await stores.attempts.begin(attempt, 'worker');
    await stores.attempts.extend([{ ...attempt, percent: 40, message: 'half \u0000 way \ud800' }], 30_000);
    await stores.attempts.extend([attempt], 30_000);
    const runs = await stores.catalog.runs(testWorkspace, session.id);
    expect(runs.find(({ run }) => run === attempt.run)).toMatchObject({
      progressPercent: 40,
      progressMessage: 'half \ufffd way \ufffd',
    });
  });

  it('extends a lease that ran out while the database was away, if nobody has given it up', async () => {
    const { session, attempt } = await startAttempt();
    await stores.attempts.begin(attempt, 'worker');
    await stores.expireLeases(session);
    expect(await stores.attempts.extend([attempt], 30_000)).toEqual([]);
    const { result } = await session.take(lost(attempt.run));
    expect(result).toMatchObject({ accepted: [], dropped: ['lost/each[0]/1'] });
  });
});

describe('a lost attempt', () => {
  it('is not lost while its lease runs, nor when its outcome is stored', async () => {
    const { session, attempts } = await startAttempts(2);
    const [silent, finished] = attempts;
    if (!silent || !finished) throw new Error('two attempts were expected');
    await stores.attempts.begin(silent, 'worker');
    await stores.attempts.begin(finished, 'worker');
    await stores.attempts.settle(settlement(finished));
    const { result } = await session.take(lost(silent.run), lost(finished.run));
    expect(result.accepted).toEqual([ended(finished.run)]);
    expect(result.dropped).toEqual([`lost/${silent.run}/1`, `lost/${finished.run}/1`]);
    await stores.expireLeases(session);
    const later = await session.take(lost(silent.run), lost(finished.run));
    expect(later.result).toMatchObject({ accepted: [`lost/${silent.run}/1`], dropped: [`lost/${finished.run}/1`] });
  });

  it('is one outcome, whether its end and its loss are reported in one order or the other', async () => {
    const { session, attempt } = await startAttempt();
    await stores.attempts.begin(attempt, 'worker');
    await stores.attempts.settle(settlement(attempt));
    const { result } = await session.take(ended(attempt.run), lost(attempt.run));
    expect(result).toMatchObject({ accepted: [`ended/${attempt.run}/1`], dropped: [`lost/${attempt.run}/1`] });
    expect(session.state?.ended?.status).toBe('succeeded');
  });
});
