import { createSessionActivities } from '../../src/activities/commit-turn';
import type { RunTaskInput } from '../../src/contracts/protocol/activities';
import { createAgentRegistry } from '../../src/stores/agents';
import { createPool } from '../../src/stores/pool';
import { createSettingsStore } from '../../src/stores/settings';
import { createTurnStore } from '../../src/stores/turns';
import { definitionOf } from '../helpers/agent-definitions';
import { countRoundTrips } from './count-round-trips';
import { openOneProcess } from './one-process';
import { ended, lost, started } from './session-driver';
import type { SessionDriver } from './session-driver';
import { settlement } from './settlements';
import { openTestStores, testWorkspace } from './test-stores';
import type { TestStores } from './test-stores';

let stores: TestStores;
beforeAll(async () => (stores = await openTestStores()));
afterAll(() => stores.close());

const openProcess = (turns = stores.turns) => openOneProcess(stores, turns);

async function begin(attempt: RunTaskInput | undefined): Promise<RunTaskInput> {
  if (!attempt) throw new Error('an attempt was expected');
  expect(await stores.attempts.begin(attempt, `holder ${attempt.token}`)).toMatchObject({ kind: 'begun' });
  return attempt;
}

async function outcomesOf({ id }: SessionDriver): Promise<object[]> {
  const { rows } = await stores.pool.query<object>(
    'SELECT run, attempt, verdict, accepted_turn AS turn FROM outcomes WHERE session = $1 ORDER BY settled_at',
    [id],
  );
  return rows;
}

it('takes turn after turn with what attempts come to, and the workflow follows', async () => {
  const { open, take } = openProcess();
  const session = await open();
  let { attempts } = await session.take(started);
  for (const [at, run] of ['first', 'second', 'third'].entries()) {
    const attempt = await begin(attempts[0]);
    const turn = await take(settlement(attempt), session.runId);
    expect(turn).toMatchObject({ number: at + 2, accepted: [`ended/${run}/1`] });
    if (turn) ({ attempts } = session.follow(turn, [ended(run)]));
  }
  expect(session.state?.ended?.status).toBe('succeeded');
  expect(await outcomesOf(session)).toEqual(
    ['first', 'second', 'third'].map((run, at) => ({ run, attempt: 1, verdict: 'succeeded', turn: at + 2 })),
  );
  const { rows } = await stores.pool.query(
    `SELECT status, turn, (SELECT count(*)::int FROM turns WHERE session = $1) AS turns,
       (SELECT count(*)::int FROM leases WHERE session = $1 AND released_at IS NULL) AS open FROM sessions WHERE id = $1`,
    [session.id],
  );
  expect(rows).toEqual([{ status: 'succeeded', turn: 4, turns: 4, open: 0 }]);
});

it('waits once for the database: for the commit', async () => {
  const counted = await countRoundTrips(stores.databaseUrl);
  const pool = createPool(counted.url, { maxConnections: 1 });
  const { open, take } = openProcess(createTurnStore(pool, { retentionDays: 30 }));
  const session = await open();
  const { attempts } = await session.take(started);
  const attempt = await begin(attempts[0]);
  expect(await counted.during(async () => void (await take(settlement(attempt), session.runId)))).toBe(1);
  expect(await outcomesOf(session)).toHaveLength(1);
  await pool.end();
  await counted.close();
});

it('is not before what it takes in, however long the turn before has waited for its session', async () => {
  const { open, take } = openProcess();
  const session = await open();
  const other = await stores.pool.connect();
  await other.query('BEGIN');
  await other.query('SELECT FROM sessions WHERE id = $1 FOR UPDATE', [session.id]);
  const taking = session.take(started);
  await other.query('SELECT pg_sleep(0.5)');
  await other.query('COMMIT');
  other.release();
  const { attempts } = await taking;
  const attempt = await begin(attempts[0]);
  const endedAt = Date.now();
  const turn = await take(settlement(attempt, { startedAt: endedAt - 1, endedAt }), session.runId);
  expect(turn?.now).toBeGreaterThanOrEqual(endedAt);
});

it('is repeated for a workflow that never heard of it, whatever has come meanwhile', async () => {
  const { open, take } = openProcess();
  const session = await open();
  const { attempts } = await session.take(started);
  const attempt = await begin(attempts[0]);
  const turn = await take(settlement(attempt), session.runId);
  // The worker was killed before it told of the attempt's end.
  const inbox = [lost('first'), { id: 'the-pause', type: 'pause-requested' } as const];
  const repeated = await session.take(...inbox);
  expect(repeated.result).toMatchObject({ now: turn?.now, decisions: turn?.decisions, accepted: [ended('first')] });
  expect(repeated.attempts).toMatchObject([{ run: 'second', attempt: 1 }]);
  const next = await session.take(...inbox);
  expect(next.result).toMatchObject({ accepted: ['the-pause'], dropped: ['lost/first/1'] });
  // Nor does settling it by itself change anything, as does who heard of no answer.
  await stores.attempts.settle(settlement(attempt, { verdict: 'failed' }));
  expect(await outcomesOf(session)).toEqual([{ run: 'first', attempt: 1, verdict: 'succeeded', turn: 2 }]);
});

it('leaves the attempt to be settled by itself where the session has moved on', async () => {
  const { open, take } = openProcess();
  const session = await open();
  const { attempts } = await session.take(started);
  const attempt = await begin(attempts[0]);
  // Of another process.
  const elsewhere = createSessionActivities({ ...stores, tellParent: () => undefined });
  const other = await elsewhere.commitTurn(session.request({ id: 'pause-1', type: 'pause-requested' }));
  expect(await take(settlement(attempt), session.runId)).toBeUndefined();
  expect(await outcomesOf(session)).toEqual([]);

  session.follow(other, [{ id: 'pause-1', type: 'pause-requested' }]);
  await stores.attempts.settle(settlement(attempt));
  const { result } = await session.take(ended('first'));
  expect(result.accepted).toEqual(['ended/first/1']);
});

it('is refused to a workflow run that was reset', async () => {
  const { open, take } = openProcess();
  const session = await open();
  const { attempts } = await session.take(started);
  const attempt = await begin(attempts[0]);
  const elsewhere = createSessionActivities({ ...stores, tellParent: () => undefined });
  await elsewhere.commitTurn(session.reset(1).request(started));
  await expect(take(settlement(attempt), session.runId)).rejects.toThrow('replaced by a reset');
  expect(await outcomesOf(session)).toEqual([]);
});

it('is for attempts that lock nothing which somebody else may wait for', async () => {
  await createAgentRegistry(stores.pool).add(testWorkspace, [definitionOf('ada')]);
  stores.directory.forget();
  const locksNothingShared = async (task: string, more = ''): Promise<boolean | undefined> => {
    const { attempts } = await (
      await stores.addSession(`
version: 1
name: one
${more}
agents: { own: { connector: simulated } }
tasks: { work: { ${task} } }
`)
    ).take(started);
    const beginning = await stores.attempts.begin(attempts[0] as RunTaskInput, 'somebody');
    return beginning.kind === 'begun' ? beginning.attempt.locksNothingShared : undefined;
  };
  expect(await locksNothingShared('agent: own')).toBe(true);
  expect(await locksNothingShared('agent: own, budget: { attempts: 3 }')).toBeUndefined();
  expect(await locksNothingShared('agent: own', 'budget: { attempts: 9 }')).toBeUndefined();
  expect(await locksNothingShared('agent: ada')).toBeUndefined();
  expect(await locksNothingShared('agent: own, writes: ["file:src"]')).toBeUndefined();
  await createSettingsStore(stores.pool).change(testWorkspace, { set: { maxConcurrent: 100 }, unset: [] });
  stores.directory.forget();
  expect(await locksNothingShared('agent: own')).toBeUndefined();
});
