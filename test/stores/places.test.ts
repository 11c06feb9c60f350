import { Pool } from 'pg';
import type { RunTaskInput } from '../../src/contracts/protocol/activities';
import { attemptUnstarted } from '../../src/contracts/protocol/attempt-events';
import { createRandom } from '../../src/domain/random';
import type { SessionEvent } from '../../src/domain/session/events';
import { createAgentRegistry } from '../../src/stores/agents';
import { createBudgetStore } from '../../src/stores/budgets';
import { createRoutingReader } from '../../src/stores/routing-reader';
import { createSettingsStore } from '../../src/stores/settings';
import { grantRoom } from '../../src/workers/grant-room';
import { grantedEvent } from '../../src/workers/line-keeper';
import { definitionOf } from '../helpers/agent-definitions';
import { brokenAccounts } from './budget-sums';
import { ended, lost, started } from './session-driver';
import type { SessionDriver } from './session-driver';
import { settlement } from './settlements';
import { openTestStores } from './test-stores';
import type { TestStores } from './test-stores';
import { wakeWaiters } from './wake-waiters';

jest.setTimeout(300_000);

const seed = process.env['PLACES_SEED'] ?? String(Date.now() % 2 ** 31);
process.stderr.write(`random fates of attempts: PLACES_SEED=${seed}\n`);

let stores: TestStores;
/** Looks on; nobody breaks its connections. */
let observer: Pool;

beforeAll(async () => {
  stores = await openTestStores();
  observer = new Pool({ connectionString: stores.databaseUrl, application_name: 'observer' });
});
afterAll(async () => {
  await observer.end();
  await stores.close();
});

const limit = (workspace: string, maxConcurrent: number) =>
  createSettingsStore(stores.pool).change(workspace, { set: { maxConcurrent }, unset: [] });

async function inFlight(workspace: string): Promise<number> {
  const { rows } = await observer.query<{ running: number }>(
    `SELECT count(*)::int AS running FROM leases WHERE workspace = $1 AND released_at IS NULL AND accounts IS NOT NULL`,
    [workspace],
  );
  return rows[0]?.running ?? 0;
}

const inline = (items: number): string =>
  `version: 1\nname: p\nconcurrency: 4\nagents: { own: { connector: simulated } }\ntasks: { each: { forEach: [${Array.from({ length: items }, (_, at) => at).join(', ')}], agent: own } }\n`;

async function settle(attempt: RunTaskInput | undefined): Promise<void> {
  if (!attempt) throw new Error('there is no attempt to settle');
  await stores.attempts.begin(attempt, 'worker');
  await stores.attempts.settle(settlement(attempt));
}

const wake = (): Promise<Map<string, SessionEvent[]>> => wakeWaiters(stores.pool);

describe('a workspace with room for so many attempts', () => {
  it('lets the others wait, says so, and tells one when there is room', async () => {
    await limit('few', 2);
    const first = await stores.addSession(inline(2), { workspace: 'few' });
    const { attempts } = await first.take(started);
    expect(attempts).toHaveLength(2);
    const second = await stores.addSession(inline(9), { workspace: 'few' });
    expect((await second.take(started)).attempts).toEqual([]);
    const [run] = (await stores.catalog.runs('few', second.id)).filter(({ status }) => status === 'waiting');
    expect(run).toMatchObject({ reason: 'places', waitsFor: 'room in the workspace: 2 of 2', error: null });
    expect(await createRoutingReader(stores.pool).line('few', 1)).toMatchObject([
      { session: second.id, attempt: 1, priority: 3, waitsFor: 'room in the workspace: 2 of 2', isGranted: false },
    ]);
    // No more wait than could be started, however many there are.
    expect(second.state?.inLine).toBe(4);
    expect(await wake()).toEqual(new Map());
    await settle(attempts[0]);
    const told = await wake();
    expect([...told.keys()]).toEqual([second.id]);
    expect((await second.take(...(told.get(second.id) ?? []))).attempts).toHaveLength(1);
    expect(await inFlight('few')).toBe(2);
  });

  it('counts what was in flight before it had the limit, and lets go on when the limit is raised or gone', async () => {
    const before = await stores.addSession(inline(3), { workspace: 'late' });
    const { attempts } = await before.take(started);
    await limit('late', 3);
    expect(await createBudgetStore(stores.pool).useOfSession('late', before.id)).toMatchObject({ attempts: 3 });
    const session = await stores.addSession(inline(3), { workspace: 'late' });
    expect((await session.take(started)).attempts).toEqual([]);
    await settle(attempts[0]);
    expect((await session.take(...((await wake()).get(session.id) ?? []))).attempts).toHaveLength(1);
    await limit('late', 4);
    expect((await session.take(...((await wake()).get(session.id) ?? []))).attempts).toHaveLength(1);
    await createSettingsStore(stores.pool).change('late', { set: {}, unset: ['maxConcurrent'] });
    expect((await session.take(...((await wake()).get(session.id) ?? []))).attempts).toHaveLength(1);
    expect(await brokenAccounts(stores.pool)).toEqual([]);
  });

  it('is no business of other workspaces', async () => {
    await limit('full', 1);
    const full = await stores.addSession(inline(1), { workspace: 'full' });
    await full.take(started);
    const other = await stores.addSession(inline(3), { workspace: 'free' });
    expect((await other.take(started)).attempts).toHaveLength(3);
  });
});

const plan = `
version: 1
name: work
concurrency: 8
defaults: { retry: { attempts: 6, initialInterval: 0ms }, onFailure: continue }
agents: { own: { connector: simulated } }
tasks:
  each: { forEach: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10], agent: own }
  many: { forEach: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10], agent: { capability: code } }
  last: { needs: [each, many], agent: own }
`;

interface Played {
  driver: SessionDriver;
  inbox: SessionEvent[];
  waiting: RunTaskInput[];
  begun: RunTaskInput[];
}

it('never has more than that in flight, whatever becomes of attempts, turns and connections', async () => {
  const workspace = 'random';
  const places = 7;
  await limit(workspace, places);
  const code = [{ name: 'code', proficiency: 1, technologies: [] }];
  await createAgentRegistry(stores.pool).add(workspace, [
    definitionOf('ada', { capabilities: code, maxConcurrent: 5 }),
    definitionOf('bob', { capabilities: code, maxConcurrent: 5 }),
  ]);
  stores.directory.forget();
  const random = createRandom(seed);
  const pick = <T>(from: T[]): T | undefined => from[Math.floor(random() * from.length)];
  const take = <T>(from: T[]): T | undefined => from.splice(Math.floor(random() * from.length), 1)[0];
  const sessions: Played[] = [];
  for (let count = 0; count < 4; count++) {
    const driver = await stores.addSession(plan, { workspace });
    sessions.push({ driver, inbox: [started], waiting: [], begun: [] });
  }
  await stores.pool.query(`UPDATE sessions SET settings = settings || '{"leaseMs": 0}' WHERE workspace = $1`, [
    workspace,
  ]);
  let most = 0;
  let requests = 0;
  let isOver = false;

  const takeTurn = async (session: Played): Promise<void> => {
    const { result, attempts } = await session.driver.take(...session.inbox);
    const gone = new Set([
      ...result.dropped,
      ...result.accepted.map((one) => (typeof one === 'string' ? one : one.id)),
    ]);
    session.inbox = session.inbox.filter(({ id }) => !gone.has(id));
    session.waiting.push(...attempts);
  };
  const begin = async (session: Played): Promise<void> => {
    const attempt = take(session.waiting);
    if (!attempt) return;
    const beginning = await stores.attempts.begin(attempt, 'worker').catch((error: unknown) => {
      session.waiting.push(attempt);
      throw error;
    });
    if (beginning.kind === 'begun') session.begun.push(attempt);
    else session.inbox.push(attemptUnstarted(attempt.run, attempt.attempt));
  };
  const end = async (session: Played): Promise<void> => {
    const attempt = take(session.begun);
    if (!attempt) return;
    const verdict = pick(['succeeded', 'succeeded', 'failed'] as const) ?? 'succeeded';
    await stores.attempts.settle(settlement(attempt, { verdict })).catch((error: unknown) => {
      session.begun.push(attempt);
      throw error;
    });
    session.inbox.push(ended(attempt.run, attempt.attempt, verdict));
  };
  const lose = (session: Played): Promise<void> => {
    const attempt = pick([...session.begun, ...session.waiting]);
    if (attempt) session.inbox.push(lost(attempt.run, attempt.attempt));
    return Promise.resolve();
  };
  const request = (session: Played): Promise<void> => {
    const type = pick(['pause-requested', 'resume-requested', 'resume-requested'] as const);
    if (type) session.inbox.push({ id: `request-${(requests += 1)}`, type });
    return Promise.resolve();
  };
  const wakeAll = async (): Promise<void> => {
    for (const [id, events] of await wake()) sessions.find(({ driver }) => driver.id === id)?.inbox.push(...events);
  };
  const grant = async (): Promise<void> => {
    stores.directory.forget();
    const { turns } = await grantRoom(stores.line, stores.directory);
    for (const turn of turns) sessions.find(({ driver }) => driver.id === turn.session)?.inbox.push(grantedEvent(turn));
  };
  const repeatGrants = async (): Promise<void> => {
    for (const turn of await stores.line.unacceptedGrants(0, 100)) {
      sessions.find(({ driver }) => driver.id === turn.session)?.inbox.push(grantedEvent(turn));
    }
  };
  const breakConnection = async (): Promise<void> => {
    await observer.query(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database()
       AND application_name <> 'observer' AND pid <> pg_backend_pid() AND state = 'active' ORDER BY random() LIMIT 1`,
    );
  };
  const watch = async (): Promise<void> => {
    while (!isOver) most = Math.max(most, await inFlight(workspace).catch(() => 0));
  };
  const watching = watch();

  try {
    for (let round = 0; round < 40; round++) {
      const one = (): Played => pick(sessions) as Played;
      const turns = sessions.filter(({ inbox }) => inbox.length > 0).map((session) => () => takeTurn(session));
      const others = Array.from({ length: 25 }, () => {
        const at = random();
        if (at < 0.4) return () => begin(one());
        if (at < 0.65) return () => end(one());
        if (at < 0.7) return () => lose(one());
        if (at < 0.82) return wakeAll;
        if (at < 0.92) return grant;
        if (at < 0.97) return () => request(one());
        return breakConnection;
      });
      await Promise.allSettled([...turns, ...others].map((act) => act()));
    }
    for (let calm = 0; sessions.some(({ driver }) => !driver.state?.ended); calm++) {
      if (calm > 300) throw new Error(`seed ${seed}: sessions do not end`);
      for (const session of sessions) {
        if (session.driver.state?.ended) continue;
        if (session.driver.state?.paused) session.inbox.push({ id: `calm-${calm}`, type: 'resume-requested' });
        while (session.waiting.length > 0) await begin(session);
        while (session.begun.length > 0) await end(session);
        await repeatGrants();
        await wakeAll();
        await grant();
        if (session.inbox.length > 0) await takeTurn(session);
      }
    }
  } finally {
    isOver = true;
    await watching;
  }
  expect(most).toBe(places);
  expect(await brokenAccounts(stores.pool)).toEqual([]);
  const { rows } = await observer.query(
    `SELECT (SELECT count(*)::int FROM leases WHERE workspace = $1 AND released_at IS NULL) AS leases,
            (SELECT count(*)::int FROM budget_waits WHERE workspace = $1) AS waiting,
            (SELECT sum(reserved)::int FROM budget_accounts WHERE workspace = $1) AS reserved`,
    [workspace],
  );
  expect(rows).toEqual([{ leases: 0, waiting: 0, reserved: 0 }]);
});
