import { createSessionActivities } from '../../src/activities/commit-turn';
import { takeTurn } from '../../src/activities/turn/take-turn';
import type { TakenTurn } from '../../src/activities/turn/take-turn';
import type { RunTaskInput, TurnRequest } from '../../src/contracts/protocol/activities';
import { createPool } from '../../src/stores/pool';
import { createTurnStore } from '../../src/stores/turns';
import { chainPlan } from './chain-plan';
import { countRoundTrips } from './count-round-trips';
import { ended, SessionDriver, started } from './session-driver';
import { settlement } from './settlements';
import { openTestStores, testWorkspace } from './test-stores';
import type { TestStores } from './test-stores';
import { beforeTurnAhead } from './turn-ahead';

let stores: TestStores;
beforeAll(async () => (stores = await openTestStores()));
afterAll(() => stores.close());

it('a turn waits for the database when it begins and when it is committed, not for its leases', async () => {
  const counted = await countRoundTrips(stores.databaseUrl);
  const pool = createPool(counted.url, { maxConnections: 1 });
  const { plans, artifacts, directory } = stores;
  const turns = createTurnStore(pool, { retentionDays: 30 });
  const activities = createSessionActivities({ turns, plans, artifacts, directory, tellParent: () => undefined });
  // The first turn of a process fetches the tokens of leases to come.
  await new SessionDriver(activities, testWorkspace, (await stores.addSession(chainPlan)).id).take(started);

  const session = new SessionDriver(activities, testWorkspace, (await stores.addSession(chainPlan)).id);
  let taken = await session.take(started);
  for (const run of ['first', 'second']) {
    for (const attempt of taken.attempts) await stores.attempts.settle(settlement(attempt));
    const trips = await counted.during(async () => (taken = await session.take(ended(run))));
    expect([run, taken.attempts.length, trips]).toEqual([run, 1, 2]);
  }
  await pool.end();
  await counted.close();
});

it('a turn that follows one of this process at once waits only to be committed', async () => {
  const counted = await countRoundTrips(stores.databaseUrl);
  const pool = createPool(counted.url, { maxConnections: 1 });
  const { plans, artifacts, directory } = stores;
  const work = { turns: createTurnStore(pool, { retentionDays: 30 }), plans, artifacts, directory };
  const session = await stores.addSession(chainPlan);
  const first = await takeTurn(work, session.request(started));
  const begin = (taken: TakenTurn): RunTaskInput => {
    const start = taken.turn.decisions.find(([kind]) => kind === 'start');
    const run = ['first', 'second', 'third'][Number(start?.[1])] ?? '';
    return { workspace: testWorkspace, session: session.id, run, attempt: 1, token: Number(start?.[5]) };
  };
  const next = (before: TakenTurn): Promise<TakenTurn> => {
    const attempt = begin(before);
    const request = { ...session.request(ended(attempt.run)), turn: before.number + 1, state: before.state };
    const { ground } = before;
    return takeTurn(work, request, { settlements: [settlement(attempt)], ...(ground && { ground }) });
  };

  let taken = first;
  expect(await counted.during(async () => (taken = await next(first)))).toBe(1);
  expect(begin(taken).run).toBe('second');

  // Where the session has moved on meanwhile, it looks again.
  await stores.pool.query(`UPDATE sessions SET turn = turn + 1 WHERE id = $1`, [session.id]);
  await expect(next(taken)).rejects.toThrow('does not follow turn');
  await stores.pool.query(`UPDATE sessions SET turn = turn - 1 WHERE id = $1`, [session.id]);
  taken = await next(taken);
  expect(begin(taken).run).toBe('third');
  const { rows } = await stores.pool.query(`SELECT count(*)::int AS ends FROM outcomes WHERE session = $1`, [
    session.id,
  ]);
  expect(rows).toEqual([{ ends: 2 }]);
  await pool.end();
  await counted.close();
});

it('a turn that another process was first with is what that one made of it, whatever was worked out here meanwhile', async () => {
  const { work, session, state, next, settlements, ground } = await beforeTurnAhead(stores, chainPlan);
  const pause: TurnRequest = { ...session.request({ id: 'pause-1', type: 'pause-requested' }), turn: 2, state };

  const other = await takeTurn(work, pause);
  const late = await takeTurn(work, next, { settlements, ground });
  expect(late).toMatchObject({ isRepeat: true, turn: other.turn, state: other.state });
  const { rows } = await stores.pool.query('SELECT FROM outcomes WHERE session = $1', [session.id]);
  expect(rows).toEqual([]);
});
