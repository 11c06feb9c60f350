import type { TurnTransaction } from '../../src/contracts/ports/turn-store';
import type { SessionEvent } from '../../src/domain/session/events';
import { createTurnStore } from '../../src/stores/turns';
import { ended, lost, started } from './session-driver';
import type { SessionDriver } from './session-driver';
import { settlement } from './settlements';
import { openTestStores, testWorkspace } from './test-stores';
import type { TestStores } from './test-stores';

let stores: TestStores;

beforeAll(async () => (stores = await openTestStores()));
afterAll(() => stores.close());

const chain = `
version: 1
name: chain
agents: { ok: { connector: simulated, latency: 1ms } }
tasks:
  first: { agent: ok }
  second: { needs: [first], agent: ok }
`;

const pause: SessionEvent = { id: 'pause-1', type: 'pause-requested' };

/** A chain whose first attempt is settled, but not taken in. */
async function chainWithFirstSettled(): Promise<SessionDriver> {
  const session = await stores.addSession(chain);
  const { attempts } = await session.take(started);
  for (const attempt of attempts) {
    await stores.attempts.begin(attempt, 'worker');
    await stores.attempts.settle(settlement(attempt));
  }
  return session;
}

const log = (id: string): Promise<string[]> =>
  stores.catalog
    .log(testWorkspace, id, 0, 1_000)
    .then((rows) => rows.map(({ type, run }) => (run ? `${type} ${run}` : type)));

it('gives a repeated turn what its first commit fixed, whole where the inbox lacks an event', async () => {
  const session = await chainWithFirstSettled();
  const request = session.request(ended('first'), pause);
  const first = await stores.activities.commitTurn(request);
  expect(first.accepted).toEqual(['ended/first/1', 'pause-1']);

  const repeated = await stores.activities.commitTurn({
    ...request,
    events: [{ id: 'resume-1', type: 'resume-requested' }],
  });
  expect(repeated.now).toBe(first.now);
  expect(repeated.decisions).toEqual(first.decisions);
  expect(repeated.accepted).toEqual([ended('first'), pause]);

  const withOne = await stores.activities.commitTurn({ ...request, events: [pause] });
  expect(withOne.accepted).toEqual([ended('first'), 'pause-1']);
  expect(await log(session.id)).toEqual([
    'session-started',
    'task-queued first',
    'attempt-started first',
    'attempt-ended first',
    'task-succeeded first',
    'task-queued second',
    'session-paused',
  ]);
});

it('decides the same from a repeat as from the first commit', async () => {
  const session = await chainWithFirstSettled();
  const request = session.request(ended('first'), pause);
  const first = await stores.activities.commitTurn(request);
  const twin = session.continueAsNew();
  twin.follow({ ...(await stores.activities.commitTurn({ ...request, events: [], firstOfRun: true })) }, []);
  session.follow(first, request.events);
  expect(twin.state).toEqual(session.state);
});

it('commits identical turns that come at once a single time', async () => {
  const session = await stores.addSession(chain);
  const request = session.request(started);
  const results = await Promise.all(Array.from({ length: 6 }, () => stores.activities.commitTurn(request)));
  expect(new Set(results.map(({ now, decisions }) => JSON.stringify({ now, decisions }))).size).toBe(1);
  expect(await log(session.id)).toEqual(['session-started', 'task-queued first', 'attempt-started first']);
  const { rows } = await stores.pool.query('SELECT count(*) FROM leases WHERE session = $1', [session.id]);
  expect(rows).toEqual([{ count: 1 }]);
});

it('takes leases without tokens at hand, once turns that are under way together have used them up', async () => {
  const turns = createTurnStore(stores.walled, { retentionDays: 30 });
  const enough = new Error('enough');
  const tried: number[][] = [];
  const take = async (session: SessionDriver, together: () => Promise<void>): Promise<void> => {
    const work = async (turn: TurnTransaction): Promise<never> => {
      await together();
      const wanted = Array.from({ length: 450 }, (_, at) => ({
        run: `t${at}`,
        attempt: 1,
        agent: 'ok',
        accounts: null,
        grantMs: 60_000,
      }));
      const leases = await turn.takeLeases(wanted);
      tried.push(leases.map(({ token }) => token));
      throw enough;
    };
    await expect(turns.inTurn(session.request(started), work)).rejects.toBe(enough);
  };
  // The first leaves 574 of 1,024 tokens: enough for each of the others, and not for both.
  await take(await stores.addSession(chain), () => Promise.resolve());
  const both = barrier(2);
  const others = await Promise.all([stores.addSession(chain), stores.addSession(chain)]);
  await Promise.all(others.map((session) => take(session, both)));
  expect(new Set(tried.flat()).size).toBe(3 * 450);
});

/** Resolves once so many have come, and at once for those after them. */
function barrier(count: number): () => Promise<void> {
  let come = 0;
  let open: () => void;
  const opened = new Promise<void>((resolve) => (open = resolve));
  return () => {
    come += 1;
    if (come === count) open();
    return opened;
  };
}

it('drops events that were accepted before: in the inbox, in earlier turns and in earlier runs', async () => {
  const session = await chainWithFirstSettled();
  const { result } = await session.take(ended('first'), { ...ended('first') }, started);
  expect(result.accepted).toEqual(['ended/first/1']);
  expect(result.dropped).toEqual(['ended/first/1', 'started']);
  const next = session.continueAsNew();
  const later = await next.take(ended('first'), pause, lost('first'));
  expect(later.result).toMatchObject({ accepted: ['pause-1'], dropped: ['ended/first/1', 'lost/first/1'] });
  expect(next.status('first')).toBe('succeeded');
});

it('answers a request that is repeated as it was answered before, also where it was refused', async () => {
  const session = await stores.addSession(chain);
  await session.take(started);
  const resume: SessionEvent = { id: 'resume-1', type: 'resume-requested' };
  await session.take(resume, pause);
  const { result } = await session.take(resume, pause);
  expect(result).toMatchObject({
    accepted: [],
    dropped: ['resume-1', 'pause-1'],
    refusals: { 'resume-1': 'the session is not paused' },
  });
});

it('keeps the order in which the events came', async () => {
  const session = await stores.addSession(chain);
  await session.take(started);
  const events: SessionEvent[] = [
    pause,
    { id: 'resume-1', type: 'resume-requested' },
    { id: 'pause-2', type: 'pause-requested' },
  ];
  const { result } = await session.take(...events);
  expect(result.accepted).toEqual(['pause-1', 'resume-1', 'pause-2']);
  expect((await log(session.id)).slice(-3)).toEqual(['session-paused', 'session-resumed', 'session-paused']);
});

it('refuses a turn of a workflow run that another has replaced', async () => {
  const session = await chainWithFirstSettled();
  await session.take(ended('first'));
  await session.reset(2).take(ended('first'));
  await expect(session.take(pause)).rejects.toMatchObject({ type: 'RUN_SUPERSEDED', nonRetryable: true });
});

it('refuses a turn of a session that does not exist, for good', async () => {
  const session = await stores.addSession(chain);
  const request = { ...session.request(started), session: 'nobody' };
  await expect(stores.activities.commitTurn(request)).rejects.toMatchObject({
    type: 'SESSION_NOT_FOUND',
    nonRetryable: true,
    message: expect.stringContaining('"nobody"'),
  });
});

it('does not take a turn whose predecessor is missing', async () => {
  const session = await stores.addSession(chain);
  await session.take(started);
  await expect(stores.activities.commitTurn({ ...session.request(pause), turn: 5 })).rejects.toThrow(
    'does not follow turn 1',
  );
});

it('takes over the turns that the run before has committed and forgotten when it continued as new', async () => {
  const session = await chainWithFirstSettled();
  await session.take(ended('first'));
  await session.take(pause);
  const next = session.continueAsNew(2);
  const { result, attempts } = await next.take(pause, ended('first'));
  expect(result.accepted).toEqual(['ended/first/1']);
  expect(attempts.map(({ run }) => run)).toEqual(['second']);
  await next.take(pause);
  await next.take({ id: 'resume-1', type: 'resume-requested' });
  expect(next.state?.paused).toBeUndefined();
  // Nothing was left, so nothing is there twice; and a repeat of a forgotten turn is answered as before.
  const { rows } = await stores.pool.query('SELECT count(*) FROM session_events WHERE session = $1 AND abandoned', [
    session.id,
  ]);
  expect(rows).toEqual([{ count: 0 }]);
  const again = session.continueAsNew(2);
  const request = { ...again.request(pause, ended('first')), runId: next.runId };
  expect((await stores.activities.commitTurn(request)).accepted).toEqual(['ended/first/1']);
});

it('leaves nothing of a turn that fails', async () => {
  const session = await stores.addSession(chain);
  const tables = ['turns', 'session_runs', 'session_events', 'task_runs', 'leases', 'ledger'];
  const breakOff = stores.turns.inTurn(session.request(started), async (turn) => {
    await turn.takeLeases([{ run: 'first', attempt: 1, agent: 'ok', accounts: [], grantMs: 1_000 }]);
    throw new Error('the worker lost its connection');
  });
  await expect(breakOff).rejects.toThrow('lost its connection');
  for (const table of tables) {
    const { rows } = await stores.pool.query(`SELECT count(*) FROM ${table} WHERE session = $1`, [session.id]);
    expect([table, rows]).toEqual([table, [{ count: 0 }]]);
  }
  await session.take(started);
  expect(session.status('first')).toBe('running');
});

it('never lets time go back from one turn to the next', async () => {
  const session = await stores.addSession(chain);
  await session.take(started);
  const ahead = Date.now() + 3_600_000;
  await stores.pool.query('UPDATE sessions SET turn_at = to_timestamp($2::float8 / 1000) WHERE id = $1', [
    session.id,
    ahead,
  ]);
  const { result } = await session.take(pause);
  expect(result.now).toBe(ahead);
});

it('takes in texts that PostgreSQL cannot store', async () => {
  const session = await stores.addSession(chain);
  await session.take(started);
  const { result } = await session.take({
    id: 'cancel-1',
    type: 'cancel-requested',
    reason: 'bad \u0000 and \ud800 alone',
  });
  expect(result.accepted[0]).toBe('cancel-1');
  const stored = await stores.catalog.log(testWorkspace, session.id, 0, 100);
  expect(stored.find(({ type }) => type === 'session-stopping')?.data).toEqual({
    reason: 'bad \ufffd and \ufffd alone',
  });
});

it('schedules attempts anew in a continued run that no worker has begun, and only those', async () => {
  const session = await stores.addSession(`
version: 1
name: fan
agents: { ok: { connector: simulated, latency: 1ms } }
concurrency: 3
tasks: { each: { forEach: [1, 2, 3, 4], agent: ok } }
`);
  const { attempts } = await session.take(started);
  expect(attempts).toHaveLength(3);
  const [begun, settled, unbegun] = attempts;
  if (!begun || !settled || !unbegun) throw new Error('three attempts were expected');
  await stores.attempts.begin(begun, 'worker');
  await stores.attempts.begin(settled, 'worker');
  await stores.attempts.settle(settlement(settled));
  // The first turn of the next run starts the fourth item itself.
  const { result, attempts: startedNow } = await session.continueAsNew().take(ended(settled.run));
  expect(startedNow.map(({ run }) => run)).toEqual(['each[3]']);
  expect(result.unbegun).toEqual([{ run: unbegun.run, attempt: 1, token: unbegun.token }]);
});
