import type { Settlement } from '../../src/contracts/ports/attempt-store';
import { attemptUnstarted } from '../../src/contracts/protocol/attempt-events';
import type { RunTaskInput } from '../../src/contracts/protocol/activities';
import type { SessionEvent } from '../../src/domain/session/events';
import { brokenAccounts } from './budget-sums';
import { startInlineWorker, unpriced } from './inline-here';
import type { InlineWorker } from './inline-here';
import { ended, started } from './session-driver';
import type { SessionDriver } from './session-driver';
import { openTestStores, testWorkspace } from './test-stores';
import type { TestStores } from './test-stores';

let stores: TestStores;

beforeAll(async () => (stores = await openTestStores()));
afterAll(() => stores.close());
afterEach(async () => expect(await brokenAccounts(stores.pool)).toEqual([]));

const plan = (task: string): string => `
version: 1
name: p
budget: { costUsd: 10 }
defaults: { retry: { attempts: 1 }, reserve: { costUsd: 1 } }
agents:
  ada: { connector: simulated, inline: true, capabilities: [write] }
  bob: { connector: simulated, inline: true, capabilities: [write] }
  cyd: { connector: simulated, inline: true, capabilities: [write] }
tasks: { draft: ${task} }`;

/** So many agents do the same, each for a dollar at most. */
const addRace = (racers = 2): Promise<SessionDriver> =>
  stores.addSession(plan(`{ agent: { capability: write, race: ${racers} } }`));
const addTask = (): Promise<SessionDriver> => stores.addSession(plan('{ agent: ada }'));

/** What the session has used of its budget, in cents, and how many of its leases are open. */
async function moneyOf({ id }: SessionDriver) {
  const { rows } = await stores.pool.query<Record<'spent' | 'kept' | 'reserved' | 'open', number>>(
    `SELECT coalesce(sum(spent_micros), 0)::int / 10000 AS spent, coalesce(sum(kept_micros), 0)::int / 10000 AS kept,
            coalesce(sum(reserved_micros), 0)::int / 10000 AS reserved,
            (SELECT count(*)::int FROM leases WHERE session = $1 AND released_at IS NULL) AS open
     FROM ledger WHERE session = $1`,
    [id],
  );
  return rows[0];
}

async function outcomesOf({ id }: SessionDriver): Promise<string[]> {
  const { rows } = await stores.pool.query<{ run: string; verdict: string; cost: number | null }>(
    'SELECT run, verdict, cost_usd::float8 AS cost FROM outcomes WHERE session = $1 ORDER BY run',
    [id],
  );
  return rows.map(({ run, verdict, cost }) => `${run} ${verdict} ${cost}`);
}

const cancel: SessionEvent = { id: 'cancel', type: 'cancel-requested' };
const cut: Partial<Settlement> = { verdict: 'cancelled' };

/** The first racer wins, for 40 cents, and the second is told to stop. */
async function win(worker: InlineWorker): Promise<void> {
  await worker.end('draft[0]', { costUsd: 0.4 });
  await worker.stopped('draft[1]');
}

/** The one attempt that is left to agent workers. */
function leftTo(
  session: SessionDriver,
  commands: Awaited<ReturnType<InlineWorker['take']>>,
  run: string,
): RunTaskInput {
  const left = commands.flatMap((command) =>
    command.type === 'start-attempt' && session.isInFlight(command) ? [command] : [],
  );
  expect(left).toMatchObject([{ run }]);
  const [{ attempt, token } = { attempt: 0, token: 0 }] = left;
  return { workspace: testWorkspace, session: session.id, run, attempt, token };
}

describe('what a short attempt has reserved that is stopped where it runs', () => {
  it.each<[string, Partial<Settlement>, spent: number, kept: number, outcome: string]>([
    ['is kept where nobody knows what it has cost', cut, 40, 100, 'cancelled null'],
    ['is settled where it says what it has cost', { ...cut, costUsd: 0.2 }, 60, 0, 'cancelled 0.2'],
    ['is settled where it succeeds in the same moment', { costUsd: 0.3 }, 70, 0, 'succeeded 0.3'],
  ])('%s', async (_, end, spent, kept, outcome) => {
    const [worker, session] = [startInlineWorker(stores), await addRace()];
    const taken = worker.take(session, started);
    await win(worker);
    await worker.end('draft[1]', end);
    await taken;
    expect(session.state?.ended?.status).toBe('succeeded');
    expect(await moneyOf(session)).toEqual({ spent, kept, reserved: 0, open: 0 });
    expect(await outcomesOf(session)).toEqual(['draft[0] succeeded 0.4', `draft[1] ${outcome}`]);
  });

  it('is given back of one that found no place: its agent was not called, nor is it from then on', async () => {
    const [worker, session] = [startInlineWorker(stores, 2), await addRace(3)];
    const taken = worker.take(session, started);
    await win(worker);
    await worker.end('draft[1]', cut);
    await taken;
    expect(session.state?.ended?.status).toBe('succeeded');
    expect([...worker.begun.keys()]).toEqual(['draft[0]', 'draft[1]']);
    expect(await moneyOf(session)).toEqual({ spent: 40, kept: 100, reserved: 0, open: 0 });
  });

  it.each(['in its own run', 'after the run has continued as new'])(
    'is settled by another worker where the first is killed meanwhile, %s',
    async (where) => {
      const session = await addRace();
      const turns = { ...stores.turns };
      turns.inTurn = (request, ...more) =>
        request.turn > 2 ? Promise.reject(new Error('killed')) : stores.turns.inTurn(request, ...more);
      const doomed = startInlineWorker({ ...stores, turns });
      const taken = doomed.take(session, started);
      await win(doomed);
      await doomed.end('draft[1]', cut);
      await expect(taken).rejects.toThrow('killed');

      const worker = startInlineWorker(stores);
      const attempt = leftTo(session, await worker.take(session, started), 'draft[1]');
      expect(worker.begun.size).toBe(0);
      let last = session;
      if (where !== 'in its own run') {
        last = session.continueAsNew();
        const { unbegun } = await stores.activities.commitTurn(last.request());
        expect(unbegun).toEqual([{ run: 'draft[1]', attempt: 1, token: attempt.token }]);
        await last.take();
      }
      expect(await stores.attempts.begin(attempt, 'worker')).toMatchObject({ attempt: { isCancelled: true } });
      await stores.attempts.settle(unpriced(attempt, cut));
      await last.take(ended('draft[1]', 1, 'cancelled'));
      expect(last.state?.ended?.status).toBe('succeeded');
      expect(await moneyOf(session)).toEqual({ spent: 40, kept: 100, reserved: 0, open: 0 });
    },
  );
});

it('is given back once where another process has withdrawn it, and what it has cost is recorded', async () => {
  const session = await addTask();
  const [attempt] = (await session.take(started)).attempts;
  await session.take(cancel);
  expect(await moneyOf(session)).toEqual({ spent: 0, kept: 0, reserved: 0, open: 0 });
  if (attempt) await stores.attempts.settle(unpriced(attempt, { costUsd: 0.3 }));
  expect(await moneyOf(session)).toEqual({ spent: 30, kept: 0, reserved: 0, open: 0 });
});

describe('what a short attempt has reserved that was given up', () => {
  async function giveUp(): Promise<{ session: SessionDriver; attempt: RunTaskInput }> {
    const [worker, session] = [startInlineWorker(stores), await addTask()];
    const taken = worker.take(session, started);
    await worker.giveUp('draft');
    return { session, attempt: leftTo(session, await taken, 'draft') };
  }

  it('is settled once, by the worker that does it', async () => {
    const { session, attempt } = await giveUp();
    expect(await stores.attempts.begin(attempt, 'worker')).toMatchObject({ attempt: { isCancelled: false } });
    expect(await stores.attempts.begin(attempt, 'another')).toEqual({ kind: 'refused' });
    await stores.attempts.settle(unpriced(attempt, { costUsd: 0.3 }));
    await session.take(ended('draft'));
    expect(session.state?.ended?.status).toBe('succeeded');
    expect(await moneyOf(session)).toEqual({ spent: 30, kept: 0, reserved: 0, open: 0 });
  });

  const pause: SessionEvent = { id: 'pause', type: 'pause-requested', now: true };

  it.each([
    ['its session is cancelled', cancel, 'cancelled', 0],
    ['its session is paused at once', pause, 'queued', 0],
    ['no worker takes it in time', attemptUnstarted('draft', 1), 'running', 100],
  ])('is kept where %s', async (_, event, status, reserved) => {
    const { session, attempt } = await giveUp();
    await session.take(event);
    expect(session.status('draft')).toBe(status);
    expect(await moneyOf(session)).toMatchObject({ spent: 0, kept: 100, reserved });
    expect(await stores.attempts.begin(attempt, 'worker')).toEqual({ kind: 'refused' });
  });

  it('is kept where its race is won meanwhile: a worker says that it has ended', async () => {
    const [worker, session] = [startInlineWorker(stores), await addRace()];
    const taken = worker.take(session, started);
    await worker.giveUp('draft[1]');
    await worker.end('draft[0]', { costUsd: 0.4 });
    const attempt = leftTo(session, await taken, 'draft[1]');
    expect(await stores.attempts.begin(attempt, 'worker')).toMatchObject({ attempt: { isCancelled: true } });
    await stores.attempts.settle(unpriced(attempt, cut));
    await session.take(ended('draft[1]', 1, 'cancelled'));
    expect(session.state?.ended?.status).toBe('succeeded');
    expect(await moneyOf(session)).toEqual({ spent: 40, kept: 100, reserved: 0, open: 0 });
  });

  it('is kept where a reset leaves its branch, and the new branch starts another', async () => {
    const { session } = await giveUp();
    const branch = session.reset(1);
    const { attempts } = await branch.take(started);
    expect(await moneyOf(session)).toMatchObject({ kept: 100, reserved: 0 });
    for (const attempt of attempts) expect(await stores.attempts.begin(attempt, 'worker')).toEqual({ kind: 'refused' });
    const { attempts: next } = await branch.take(attemptUnstarted('draft', 1));
    expect(next).toMatchObject([{ run: 'draft', attempt: 2 }]);
    expect(await moneyOf(session)).toMatchObject({ kept: 100, reserved: 100 });
  });

  it('is found by the next run of the workflow, and is not lost while it waits for a worker', async () => {
    const { session, attempt } = await giveUp();
    const next = session.continueAsNew();
    const { result } = await next.take();
    expect(result.unbegun).toEqual([{ run: 'draft', attempt: 1, token: attempt.token }]);
    await stores.expireLeases(session);
    expect(await stores.backstop.expiredLeases(100)).toEqual([]);
  });
});
