import type { RunTaskInput } from '../../src/contracts/protocol/activities';
import { runOfStart } from '../../src/contracts/protocol/ids';
import { createPool } from '../../src/stores/pool';
import { createTurnStore } from '../../src/stores/turns';
import { chainPlan } from './chain-plan';
import { countRoundTrips } from './count-round-trips';
import { openOneProcess } from './one-process';
import { ended, SessionDriver, started } from './session-driver';
import { settlement } from './settlements';
import { openTestStores, testWorkspace } from './test-stores';
import type { TestStores } from './test-stores';

let stores: TestStores;
beforeAll(async () => (stores = await openTestStores()));
afterAll(() => stores.close());

const inlinePlan = chainPlan.replace('simulated }', 'simulated, inline: true }');

/** A session that is started with its first turn, and its workflow run. */
async function start({ plan = chainPlan, process = openOneProcess(stores) } = {}) {
  const session = await stores.newSession(plan);
  const { isAdded, brought } = await process.takeFirst(session);
  expect(isAdded).toBe(true);
  const newRun = (): SessionDriver =>
    new SessionDriver(process.activities, testWorkspace, session.id, undefined, { turn: 1 }, runOfStart);
  const run = newRun();
  const attempts = brought ? run.follow(brought, [started]).attempts : [];
  return { ...process, session, brought, run, newRun, attempts };
}

async function begin([attempt]: readonly RunTaskInput[]): Promise<RunTaskInput> {
  if (!attempt) throw new Error('an attempt was expected');
  expect(await stores.attempts.begin(attempt, `holder ${attempt.token}`)).toMatchObject({ kind: 'begun' });
  return attempt;
}

async function sessionRow({ id }: { id: string }): Promise<object> {
  const { rows } = await stores.pool.query<object>(
    `SELECT status, turn, (SELECT count(*)::int FROM leases WHERE session = $1 AND released_at IS NULL) AS leases,
       (SELECT array_agg(run_id = 'start' ORDER BY turn, run_id <> 'start') FROM turns WHERE session = $1) AS "ofStart"
     FROM sessions WHERE id = $1`,
    [id],
  );
  return rows[0] ?? {};
}

const log = async ({ id }: { id: string }): Promise<string[]> =>
  (await stores.catalog.log(testWorkspace, id, 0, 100)).map(({ type, run }) => (run ? `${type} ${run}` : type));

const firstLines = ['session-started', 'task-queued first', 'attempt-started first'];

it('adds a session with its first turn, which its workflow need not ask for', async () => {
  const { run, attempts, take, session } = await start();
  expect(await log(session)).toEqual(firstLines);
  expect(await stores.catalog.find(testWorkspace, session.id)).toMatchObject({ status: 'running', turn: 1 });
  const turn = await take(settlement(await begin(attempts)), run.runId);
  expect(turn).toMatchObject({ number: 2, accepted: ['ended/first/1'] });
  if (turn) run.follow(turn, [ended('first')]);
  expect(await sessionRow(session)).toEqual({ status: 'running', turn: 2, leases: 1, ofStart: [true, false] });
});

it('waits three times for the database: for its row, for how long its tasks have taken, and for the commit', async () => {
  const counted = await countRoundTrips(stores.databaseUrl);
  const pool = createPool(counted.url, { maxConnections: 1 });
  const { takeFirst } = openOneProcess(stores, createTurnStore(pool, { retentionDays: 30 }));
  // The connection itself is waited for as well.
  await takeFirst(await stores.newSession(chainPlan));
  const session = await stores.newSession(chainPlan);
  expect(await counted.during(() => takeFirst(session))).toBe(3);
  await pool.end();
  await counted.close();
});

it('adds nothing where the id is taken', async () => {
  const { session, takeFirst, run, attempts } = await start();
  await begin(attempts);
  await stores.attempts.settle(settlement(attempts[0] as RunTaskInput));
  await run.take(ended('first'));
  const before = [await sessionRow(session), await log(session)];
  expect(await takeFirst(session)).toEqual({ isAdded: false });
  expect([await sessionRow(session), await log(session)]).toEqual(before);
});

it('commits neither the session nor the turn where one of them fails', async () => {
  const { takeFirst } = openOneProcess(stores);
  const session = await stores.newSession(chainPlan);
  await stores.pool.query(`
    CREATE FUNCTION refuse_lease() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'no more leases'; END $$;
    CREATE TRIGGER refuse_lease BEFORE INSERT ON leases FOR EACH ROW WHEN (NEW.session = '${session.id}') EXECUTE FUNCTION refuse_lease();`);
  await expect(takeFirst(session)).rejects.toThrow('no more leases');
  expect(await sessionRow(session)).toEqual({});
  await stores.pool.query('DROP TRIGGER refuse_lease ON leases');
  expect(await takeFirst(session)).toMatchObject({ isAdded: true, brought: { number: 1 } });
});

it('is there for a workflow that was not brought it: one that was started again', async () => {
  const { newRun, session } = await start();
  const run = newRun();
  const { attempts } = await run.take(started);
  expect(attempts).toMatchObject([{ run: 'first', attempt: 1 }]);
  expect(await log(session)).toEqual(firstLines);
  await stores.attempts.settle(settlement(await begin(attempts)));
  await run.take(ended('first'));
  expect(await sessionRow(session)).toMatchObject({ turn: 2, leases: 1 });
});

it('is taken anew by a workflow that comes after the session was given up', async () => {
  const { newRun, session, attempts: before } = await start();
  await stores.backstop.abandonSession(testWorkspace, session.id, 'gone');
  expect(await sessionRow(session)).toMatchObject({ status: 'failed', leases: 0 });
  const { attempts } = await newRun().take(started);
  expect(attempts).toMatchObject([{ run: 'first', attempt: 1 }]);
  expect(attempts[0]?.token).not.toBe(before[0]?.token);
  await begin(attempts);
  expect(await sessionRow(session)).toEqual({ status: 'running', turn: 1, leases: 1, ofStart: [true, false] });
});

it('leads nowhere once the session was given up', async () => {
  const { run, take, attempts, session } = await start();
  const attempt = await begin(attempts);
  await stores.backstop.abandonSession(testWorkspace, session.id, 'gone');
  await expect(take(settlement(attempt), run.runId)).rejects.toMatchObject({ code: 'RUN_SUPERSEDED' });
  await stores.attempts.settle(settlement(attempt));
  await expect(run.take(ended('first'))).rejects.toMatchObject({ type: 'RUN_SUPERSEDED' });
  expect(await sessionRow(session)).toMatchObject({ status: 'failed', turn: 1 });
});

it('leads nowhere for a run that was reset, once another has gone on with it', async () => {
  const { run, take, attempts, session } = await start();
  const attempt = await begin(attempts);
  const other = run.reset(2);
  const pause = { id: 'pause-1', type: 'pause-requested' } as const;
  // In another process.
  other.follow(await stores.activities.commitTurn(other.request(pause)), [pause]);
  await expect(take(settlement(attempt), run.runId)).rejects.toMatchObject({ code: 'RUN_SUPERSEDED' });
  await stores.attempts.settle(settlement(attempt));
  await expect(run.take(ended('first'))).rejects.toMatchObject({ type: 'RUN_SUPERSEDED' });
  expect((await other.take(ended('first'))).result.accepted).toEqual(['ended/first/1']);
  expect(await sessionRow(session)).toMatchObject({ status: 'paused', turn: 3 });
});

it('stays where a reset leaves what has followed it', async () => {
  const { run, take, attempts, session } = await start();
  const turn = await take(settlement(await begin(attempts)), run.runId);
  if (turn) run.follow(turn, [ended('first')]);
  const reset = run.reset(2);
  expect((await reset.take(ended('first'))).result.accepted).toEqual(['ended/first/1']);
  await expect(run.take()).rejects.toMatchObject({ type: 'RUN_SUPERSEDED' });
  expect((await log(session)).filter((line) => line === 'attempt-started second')).toHaveLength(1);
});

it('is taken anew after a reset to before it, where the workflow had asked for it', async () => {
  const { newRun, session } = await start();
  const run = newRun();
  const { attempts } = await run.take(started);
  await stores.attempts.settle(settlement(await begin(attempts)));
  const { result } = await run.reset(1).take(started);
  // Begun in the branch that was left, and so adopted.
  expect(result.decisions).not.toEqual([]);
  expect(await sessionRow(session)).toMatchObject({ turn: 1, ofStart: [true, false] });
  await expect(run.take(ended('first'))).rejects.toMatchObject({ type: 'RUN_SUPERSEDED' });
});

describe('of a session whose tasks run inside of turns', () => {
  it('waits for the workflow, which gets it from memory where it is in the same process', async () => {
    const counted = await countRoundTrips(stores.databaseUrl);
    const pool = createPool(counted.url, { maxConnections: 1 });
    const process = openOneProcess(stores, createTurnStore(pool, { retentionDays: 30 }));
    const { brought, run, session } = await start({ plan: inlinePlan, process });
    expect(brought).toBeUndefined();
    expect(await counted.during(() => run.take(started))).toBe(0);
    expect(await log(session)).toEqual(firstLines);
    expect(run.status('first')).toBe('running');
    await pool.end();
    await counted.close();
  });

  it('is read by a workflow that asks again, and in another process', async () => {
    const { run, activities } = await start({ plan: inlinePlan });
    const request = run.request(started);
    const first = await activities.commitTurn(request);
    expect(first.decisions).toHaveLength(1);
    expect(await activities.commitTurn(request)).toEqual(first);
    expect(await stores.activities.commitTurn(request)).toEqual(first);
  });

  it('is read again where the workflow was long in coming', async () => {
    const { run, session } = await start({ plan: inlinePlan });
    await stores.backstop.abandonSession(testWorkspace, session.id, 'gone');
    const now = jest.spyOn(performance, 'now').mockReturnValue(performance.now() + 60_000);
    const { attempts } = await run.take(started).finally(() => now.mockRestore());
    expect(await stores.attempts.begin(attempts[0] as RunTaskInput, 'somebody')).toMatchObject({ kind: 'begun' });
  });
});
