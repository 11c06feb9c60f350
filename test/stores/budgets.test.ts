import type { RunTaskInput } from '../../src/contracts/protocol/activities';
import { attemptUnstarted } from '../../src/contracts/protocol/attempt-events';
import { createRandom } from '../../src/domain/random';
import type { SessionEvent } from '../../src/domain/session/events';
import { createBudgetWaitStore } from '../../src/stores/budget-waits';
import { wakeBudgetWaiters } from '../../src/workers/budget-keeper';
import { openObservedStores, untilDone } from './observed-stores';
import type { ObservedStores } from './observed-stores';
import { brokenAccounts, openReservations, unequalSums } from './budget-sums';
import { ended, lost, started } from './session-driver';
import type { SessionDriver } from './session-driver';
import { settlement } from './settlements';

const seed = process.env['BUDGET_SEED'] ?? String(Date.now() % 2 ** 31);
process.stderr.write(`random fates of attempts: BUDGET_SEED=${seed}\n`);

let stores: ObservedStores;

beforeAll(async () => (stores = await openObservedStores()));
afterAll(() => stores.close());

/** A session as the world around it sees it: what it has not heard of yet, and its attempts. */
interface Played {
  driver: SessionDriver;
  inbox: SessionEvent[];
  waiting: RunTaskInput[];
  begun: RunTaskInput[];
  /** Given up as lost by their session; their workers settle late, or never. */
  late: RunTaskInput[];
}

const items = Array.from({ length: 50 }, (_, item) => item).join(', ');

/** Each session has more work than its own budget pays for, and all together more than the workspace has for the day. */
const plan = `
version: 1
name: spend
concurrency: 60
budget: { costUsd: 16, attempts: 90, time: 40h }
defaults: { retry: { attempts: 4, initialInterval: 0ms }, onFailure: continue }
agents:
  reserved: { connector: simulated }
  priced: { connector: simulated, cost: { perAttemptUsd: 0.1, perHourUsd: 1.2 } }
tasks:
  each: { forEach: [${items}], agent: reserved, reserve: { costUsd: 0.333333, tokens: 1000 }, budget: { tokens: 45000 } }
  many: { forEach: [${items}], agent: priced, timeout: 10m, reserve: { tokens: 10 } }
`;
const reservedUsd = 0.3;

it('is never exceeded by one millionth, and adds up, whatever becomes of 200 attempts at once, of turns and of connections', async () => {
  await stores.pool.query(
    `INSERT INTO workspace_budgets VALUES ('default', 'day', 'costMicros', 70000000), ('default', 'month', 'tokens', 250000)`,
  );
  const random = createRandom(seed);
  const pick = <T>(from: T[]): T | undefined => from[Math.floor(random() * from.length)];
  const take = <T>(from: T[]): T | undefined => from.splice(Math.floor(random() * from.length), 1)[0];
  const sessions: Played[] = [];
  for (let count = 0; count < 5; count++) {
    const driver = await stores.addSession(plan);
    sessions.push({ driver, inbox: [started], waiting: [], begun: [], late: [] });
  }
  await stores.pool.query(`UPDATE sessions SET settings = settings || '{"leaseMs": 0}'`);
  const workers = Array.from({ length: 5 }, () => stores.newAttemptStore());
  const waits = createBudgetWaitStore(stores.pool);
  let requests = 0;
  let isOver = false;
  const seen: unknown[] = [];

  const takeTurn = async (session: Played): Promise<void> => {
    const events = [...session.inbox];
    const { result, attempts } = await session.driver.take(...events);
    const gone = new Set([
      ...result.dropped,
      ...result.accepted.map((one) => (typeof one === 'string' ? one : one.id)),
    ]);
    session.inbox = session.inbox.filter(({ id }) => !gone.has(id));
    session.waiting.push(...attempts);
    const wasLost = events.filter(({ type, id }) => type === 'attempt-lost' && result.accepted.includes(id));
    for (const event of wasLost) {
      const at = session.begun.findIndex(({ run, attempt }) => event.id === lost(run, attempt).id);
      if (at >= 0) session.late.push(...session.begun.splice(at, 1));
    }
  };
  const begin = async (session: Played): Promise<void> => {
    const attempt = take(session.waiting);
    if (!attempt) return;
    try {
      const beginning = await pick(workers)?.begin(attempt, `holder ${attempt.token}`);
      if (beginning?.kind === 'begun') session.begun.push(attempt);
      else session.inbox.push(attemptUnstarted(attempt.run, attempt.attempt));
    } catch (error) {
      session.waiting.push(attempt);
      throw error;
    }
  };
  const usage = (): { tokens?: number; costUsd?: number } => ({
    ...(random() < 0.85 && { costUsd: random() * reservedUsd }),
    ...(random() < 0.85 && { tokens: Math.floor(random() * 10) }),
  });
  const settle = async (session: Played, from: RunTaskInput[]): Promise<void> => {
    const attempt = take(from);
    if (!attempt) return;
    const verdict = pick(['succeeded', 'succeeded', 'failed', 'rate_limited', 'timed_out'] as const) ?? 'succeeded';
    const { tokens: _, costUsd: __, ...rest } = settlement(attempt, { verdict });
    try {
      await pick(workers)?.settle({ ...rest, ...usage() });
      session.inbox.push(ended(attempt.run, attempt.attempt, verdict));
    } catch (error) {
      // It is tried again until it is stored.
      from.push(attempt);
      throw error;
    }
  };
  const lose = (session: Played): Promise<void> => {
    const attempt = pick([...session.begun, ...session.waiting]);
    if (attempt) session.inbox.push(lost(attempt.run, attempt.attempt));
    return Promise.resolve();
  };
  const wake = async (): Promise<void> => {
    const signal = (_: string, id: string, events: SessionEvent[]): Promise<boolean> => {
      sessions.find(({ driver }) => driver.id === id)?.inbox.push(...events);
      return Promise.resolve(true);
    };
    await stores.pool.query(`UPDATE budget_waits SET woken_at = NULL`);
    await wakeBudgetWaiters({ store: waits, signal, onError: () => undefined });
  };
  const request = (session: Played): Promise<void> => {
    const type = pick(['pause-requested', 'resume-requested', 'resume-requested', 'retry-requested'] as const);
    if (type)
      session.inbox.push({ id: `request-${(requests += 1)}`, type, ...(type === 'pause-requested' && { now: true }) });
    return Promise.resolve();
  };
  const watch = async (): Promise<void> => {
    while (!isOver) {
      seen.push(...(await brokenAccounts(stores.pool).catch(() => [])));
    }
  };
  const running = async (): Promise<number> => {
    const { rows } = await stores.pool.query<{ running: number }>(
      'SELECT count(*)::int AS running FROM leases WHERE released_at IS NULL',
    );
    return rows[0]?.running ?? 0;
  };
  // All at once, before anything is lost: how many run is for the budget to say, not for chance.
  await Promise.all(sessions.map(takeTurn));
  await Promise.all(sessions.flatMap((session) => session.waiting.map(() => begin(session))));
  expect(await running()).toBeGreaterThan(190);
  const watching = watch();

  try {
    for (let round = 0; round < 30; round++) {
      const one = (): Played => pick(sessions) as Played;
      const turns = sessions
        .filter(({ inbox }) => inbox.length > 0 && random() < 0.8)
        .map((session) => () => takeTurn(session));
      const others = Array.from({ length: 60 }, () => {
        const at = random();
        const session = one();
        if (at < 0.5) return () => begin(session);
        if (at < 0.75) return () => settle(session, session.begun);
        if (at < 0.8) return () => lose(session);
        if (at < 0.85) return () => settle(session, session.late);
        if (at < 0.95) return wake;
        if (at < 0.97) return () => request(session);
        return stores.breakConnection;
      });
      await Promise.allSettled([...turns, ...others].map((act) => act()));
    }
    for (let calm = 0; sessions.some(({ driver }) => !driver.state?.ended); calm++) {
      if (calm > 100) {
        throw new Error(
          `seed ${seed}: sessions do not end: ${JSON.stringify(sessions.map(({ driver }) => driver.state))}`,
        );
      }
      for (const session of sessions) {
        if (session.driver.state?.ended) continue;
        if (session.driver.state?.paused) session.inbox.push({ id: `calm-${calm}`, type: 'resume-requested' });
        while (session.waiting.length > 0) await untilDone(() => begin(session));
        while (session.begun.length > 0) await untilDone(() => settle(session, session.begun));
        if (session.inbox.length > 0) await untilDone(() => takeTurn(session));
        await untilDone(wake);
      }
    }
  } finally {
    isOver = true;
    await watching;
  }
  expect(seen).toEqual([]);

  expect(await brokenAccounts(stores.pool)).toEqual([]);
  expect(await unequalSums(stores.pool)).toEqual([]);
  expect(await openReservations(stores.pool)).toEqual([]);
  const { rows } = await stores.pool.query(
    `SELECT (SELECT count(*)::int FROM leases WHERE released_at IS NULL) AS leases,
            (SELECT count(*)::int FROM budget_waits) AS waiting,
            (SELECT sum(reserved)::int FROM budget_accounts) AS reserved,
            (SELECT count(*) > 0 FROM task_runs WHERE reason = 'budget' AND status = 'failed') AS "someWereRefused"`,
  );
  expect(rows).toEqual([{ leases: 0, waiting: 0, reserved: 0, someWereRefused: true }]);
});
