import type { RunTaskInput } from '../../src/contracts/protocol/activities';
import { attemptUnstarted } from '../../src/contracts/protocol/attempt-events';
import type { SessionEvent } from '../../src/domain/session/events';
import { ended, lost, started } from './session-driver';
import { settlement } from './settlements';
import { openTestStores, testWorkspace } from './test-stores';
import type { TestStores } from './test-stores';

let stores: TestStores;

beforeAll(async () => (stores = await openTestStores()));
afterAll(() => stores.close());

const agents = 'agents: { ok: { connector: simulated, latency: 1ms } }';
const chain = `
version: 1
name: chain
${agents}
tasks:
  first: { agent: ok }
  second: { needs: [first], agent: ok }
`;

async function runAttempts(
  attempts: { workspace: string; session: string; run: string; attempt: number; token: number }[],
) {
  for (const attempt of attempts) {
    expect(await stores.attempts.begin(attempt, 'worker')).toMatchObject({ kind: 'begun' });
    await stores.attempts.settle(settlement(attempt, { value: attempt.run }));
  }
}

/** A chain of two tasks, run to its end in three turns. */
async function finishedChain() {
  const session = await stores.addSession(chain);
  await runAttempts((await session.take(started)).attempts);
  await runAttempts((await session.take(ended('first'))).attempts);
  await session.take(ended('second'));
  expect(session.state?.ended?.status).toBe('succeeded');
  return session;
}

const log = (id: string) => stores.catalog.log(testWorkspace, id, 0, 1_000);

it('abandons the log and the read model of the branch that was left', async () => {
  const session = await finishedChain();
  const again = session.reset(2);
  await again.take({ id: 'pause', type: 'pause-requested' });
  expect(await stores.catalog.find(testWorkspace, session.id)).toMatchObject({
    status: 'paused',
    endedAt: null,
    turn: 2,
  });
  const rows = await log(session.id);
  expect(rows.map(({ type }) => type)).toEqual(['session-started', 'task-queued', 'attempt-started', 'session-paused']);
  expect(rows.map(({ seq }) => seq)).toEqual([...rows.map(({ seq }) => seq)].sort((a, b) => a - b));
  const runs = await stores.catalog.runs(testWorkspace, session.id);
  expect(runs.map(({ run, status }) => [run, status])).toEqual([
    ['first', 'running'],
    ['second', 'pending'],
  ]);
});

it('adopts attempts of the left branch in later turns, too, and gives those that nobody has begun a lease anew', async () => {
  const session = await stores.addSession(`${chain}  third: { needs: [second], agent: ok }\n`);
  await runAttempts((await session.take(started)).attempts);
  const second = (await session.take(ended('first'))).attempts;
  expect(await stores.attempts.begin(second[0] as RunTaskInput, 'worker')).toMatchObject({ kind: 'begun' });

  const again = session.reset(1);
  await again.take(started);
  // Its worker is at it: nobody else is asked.
  const { attempts, result } = await again.take(ended('first'));
  expect(attempts).toEqual([]);
  expect(result.decisions.at(-1)?.slice(-2)).toEqual([second[0]?.token, 1]);
  await stores.attempts.settle(settlement(second[0] as RunTaskInput));
  const third = (await again.take(ended('second'))).attempts;

  const once = session.reset(1);
  await once.take(started);
  await once.take(ended('first'));
  const thirdAgain = (await once.take(ended('second'))).attempts;
  expect(thirdAgain).toHaveLength(1);
  expect(thirdAgain[0]?.token).not.toBe(third[0]?.token);
});

it('accepts the events of the left branch again, and uses attempts that have finished without running them', async () => {
  const session = await finishedChain();
  const again = session.reset(2);
  const { result, attempts } = await again.take(ended('first'));
  expect(result.accepted).toEqual(['ended/first/1']);
  expect(attempts).toHaveLength(1);
  const [second] = attempts;
  if (!second) throw new Error('the second attempt was expected');
  expect(await stores.attempts.begin(second, 'another worker')).toEqual({
    kind: 'settled',
    verdict: 'succeeded',
    retryable: true,
  });
  await again.take(ended('second'));
  expect(again.state?.ended?.status).toBe('succeeded');
  const ledger = await stores.pool.query('SELECT entry FROM ledger WHERE session = $1 AND run = $2', [
    session.id,
    'second',
  ]);
  expect(ledger.rows).toEqual([{ entry: 'reserved' }, { entry: 'settled' }]);
});

it('does not take in an outcome of the left branch before its attempt is started again', async () => {
  const session = await finishedChain();
  const again = session.reset(2);
  // The backstop reports both at once: they are settled, and the new branch has taken in neither.
  const { attempts } = await again.take(ended('first'), ended('second'));
  expect(attempts.map(({ run }) => run)).toEqual(['second']);
  const { result } = await again.take(ended('second'));
  expect(result.accepted).toEqual(['ended/second/1']);
  expect(again.state?.ended?.status).toBe('succeeded');
});

it('reports outcomes as not taken in that only the left branch had taken in', async () => {
  const session = await finishedChain();
  await session.reset(2).take({ id: 'pause', type: 'pause-requested' });
  const unaccepted = await stores.backstop.unacceptedOutcomes(-60_000, 1_000);
  expect(unaccepted.filter((outcome) => outcome.session === session.id).map(({ run }) => run)).toEqual([
    'first',
    'second',
  ]);
});

it('adopts an attempt in flight: it is not started again, and its outcome counts', async () => {
  const session = await stores.addSession(chain);
  const { attempts } = await session.take(started);
  const [first] = attempts;
  if (!first) throw new Error('the first attempt was expected');
  await stores.attempts.begin(first, 'worker');
  const again = session.reset(1);
  const turn = await again.take(started);
  expect(turn.attempts).toEqual([]);
  expect(again.status('first')).toBe('running');
  await stores.attempts.settle(settlement(first));
  await again.take(ended('first'));
  expect(again.status('first')).toBe('succeeded');
});

it('starts an attempt with a new token that nobody had begun in the left branch', async () => {
  const session = await stores.addSession(chain);
  const [left] = (await session.take(started)).attempts;
  const [anew] = (await session.reset(1).take(started)).attempts;
  if (!left || !anew) throw new Error('an attempt was expected in each branch');
  expect(anew.token).toBeGreaterThan(left.token);
  expect(await stores.attempts.begin(left, 'worker of the left branch')).toEqual({ kind: 'refused' });
  expect(await stores.attempts.begin(anew, 'worker')).toMatchObject({ kind: 'begun' });
});

it('lets an attempt begin that an earlier turn had started and nobody had begun', async () => {
  const session = await stores.addSession(chain);
  const [first] = (await session.take(started)).attempts;
  if (!first) throw new Error('the first attempt was expected');
  await session.take({ id: 'pause', type: 'pause-requested' });
  await session.reset(2).take({ id: 'other', type: 'pause-requested' });
  expect(await stores.attempts.begin(first, 'worker')).toMatchObject({ kind: 'begun' });
});

it('hears that an attempt was never begun which the left branch has withdrawn', async () => {
  const session = await stores.addSession(chain);
  const [first] = (await session.take(started)).attempts;
  if (!first) throw new Error('the first attempt was expected');
  await session.take(attemptUnstarted('first', 1), { id: 'pause', type: 'pause-requested' });
  const again = session.reset(2);
  await again.take({ id: 'other', type: 'cancel-requested' });
  expect(await stores.attempts.begin(first, 'worker')).toEqual({ kind: 'refused' });
  await again.take(attemptUnstarted('first', 1));
  expect(again.state?.ended?.status).toBe('cancelled');
});

it('puts those back into the line who wait in it since an earlier turn', async () => {
  const session = await stores.addSession('version: 1\nname: p\ntasks: { fix: { agent: { capability: rare } } }\n');
  await session.take(started);
  await session.take({ id: 'cancel', type: 'cancel-requested' });
  const again = session.reset(2);
  await again.take({ id: 'resume', type: 'resume-requested' });
  expect(again.status('fix')).toBe('waiting');
  const line = await stores.pool.query('SELECT run FROM waiting_line WHERE session = $1', [session.id]);
  expect(line.rows).toEqual([{ run: 'fix' }]);
});

it('counts an attempt of the left branch as lost whose worker is gone', async () => {
  const session = await stores.addSession(chain);
  const [first] = (await session.take(started)).attempts;
  if (!first) throw new Error('the first attempt was expected');
  await stores.attempts.begin(first, 'worker');
  const again = session.reset(1);
  await again.take(started);
  await stores.expireLeases(session);
  const { result } = await again.take(lost('first'));
  expect(result.accepted).toEqual(['lost/first/1']);
  expect(again.status('first')).not.toBe('running');
});

it('starts a child session again that the left branch may not have started', async () => {
  const parent = await stores.addSession(
    `
version: 1
name: parent
tasks: { review: { plan: ./child.plan.yaml } }
`,
    { files: { 'child.plan.yaml': `\nversion: 1\nname: child\n${agents}\ntasks: { only: { agent: ok } }\n` } },
  );
  const start = { type: 'start-child', run: 'review', attempt: 1 };
  expect((await parent.take(started)).commands).toContainEqual(start);
  expect((await parent.reset(1).take(started)).commands).toContainEqual(start);
});

describe('of a session that was reopened', () => {
  const failing = `
version: 1
name: failing
${agents}
tasks: { only: { agent: ok, retry: { attempts: 1 } } }
`;
  const retry = (id: string): SessionEvent => ({ id, type: 'retry-requested' });

  /** Runs the next attempt to a failure, and takes it in. */
  async function fail(session: Awaited<ReturnType<TestStores['addSession']>>, event: SessionEvent): Promise<void> {
    const [attempt] = (await session.take(event)).attempts;
    if (!attempt) throw new Error('an attempt was expected');
    await stores.attempts.begin(attempt, 'worker');
    await stores.attempts.settle(settlement(attempt, { verdict: 'failed', error: 'no' }));
    await session.take(ended('only', attempt.attempt, 'failed'));
    expect(session.state?.ended?.status).toBe('failed');
  }

  it('goes on from the end of the branch that was reopened', async () => {
    const session = await stores.addSession(failing);
    await fail(session, started);
    const reopened = session.reopen();
    const { result } = await reopened.take(retry('retry-1'));
    expect(result.state).toEqual(session.state);
    expect(reopened.status('only')).toBe('running');
    const again = reopened.reset(session.turn);
    await again.take(retry('retry-1'));
    expect(again.state).toMatchObject({ startedAt: session.state?.startedAt });
    expect(again.status('only')).toBe('running');
  });

  it('goes on from the newest branch where several have ended at the same turn', async () => {
    const session = await stores.addSession(failing);
    await fail(session, started);
    const other = session.reset(2);
    await other.take({ id: 'cancel', type: 'cancel-requested' }, ended('only', 1, 'failed'));
    expect(other.state?.ended?.status).toBe('cancelled');
    const { result } = await other.reopen().take(retry('retry-1'));
    expect(result.state).toEqual(other.state);
  });
});
