import { Pool } from 'pg';
import type { RunTaskInput } from '../../src/contracts/protocol/activities';
import { attemptUnstarted } from '../../src/contracts/protocol/attempt-events';
import { createRandom } from '../../src/domain/random';
import type { SessionEvent } from '../../src/domain/session/events';
import { createAgentRegistry } from '../../src/stores/agents';
import { createSettingsStore } from '../../src/stores/settings';
import { grantRoom } from '../../src/workers/grant-room';
import { grantedEvent } from '../../src/workers/line-keeper';
import { definitionOf } from '../helpers/agent-definitions';
import { brokenAccounts } from './budget-sums';
import { startsByWindow } from './rate-windows';
import { ended, lost, started } from './session-driver';
import type { SessionDriver } from './session-driver';
import { settlement } from './settlements';
import { openTestStores } from './test-stores';
import type { TestStores } from './test-stores';
import { wakeWaiters } from './wake-waiters';

jest.setTimeout(300_000);

const seed = process.env['RATES_SEED'] ?? String(Date.now() % 2 ** 31);
process.stderr.write(`random fates of attempts: RATES_SEED=${seed}\n`);

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
  workspace: string;
  inbox: SessionEvent[];
  waiting: RunTaskInput[];
  begun: RunTaskInput[];
}

/** So many starts in a second, of the workspaces and of the agent that they share. */
const ofWorkspace = { one: 7, two: 9 };
const ofAgent = 5;

it('never starts more in a window than the limit says, and all in the end, whatever becomes of attempts, turns and connections', async () => {
  const code = [{ name: 'code', proficiency: 1, technologies: [] }];
  const agent = { capabilities: code, maxConcurrent: 20, shared: true };
  await createAgentRegistry(stores.pool).add('one', [
    definitionOf('ada', { ...agent, rateLimit: `${ofAgent}/1s` }),
    definitionOf('bob', { ...agent, rateLimit: '2/1s', maxConcurrent: 2 }),
  ]);
  const random = createRandom(seed);
  const pick = <T>(from: T[]): T | undefined => from[Math.floor(random() * from.length)];
  const take = <T>(from: T[]): T | undefined => from.splice(Math.floor(random() * from.length), 1)[0];
  const sessions: Played[] = [];
  for (const [workspace, starts] of Object.entries(ofWorkspace)) {
    await createSettingsStore(stores.pool).change(workspace, { set: { rateLimit: `${starts}/1s` }, unset: [] });
    for (let count = 0; count < 3; count++) {
      const driver = await stores.addSession(plan, { workspace });
      sessions.push({ driver, workspace, inbox: [started], waiting: [], begun: [] });
    }
  }
  await stores.pool.query(`UPDATE sessions SET settings = settings || '{"leaseMs": 0}'`);
  let requests = 0;
  let isOver = false;
  const broken: unknown[] = [];

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
    const verdict = pick(['succeeded', 'succeeded', 'succeeded', 'failed'] as const) ?? 'succeeded';
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
  const tell = (id: string, ...events: SessionEvent[]): void =>
    void sessions.find(({ driver }) => driver.id === id)?.inbox.push(...events);
  const wake = async (): Promise<void> => {
    for (const [id, events] of await wakeWaiters(stores.pool)) tell(id, ...events);
  };
  const grant = async (): Promise<void> => {
    // Half of the time it has not heard of what was started.
    if (random() < 0.5) stores.directory.forget();
    const { turns } = await grantRoom(stores.line, stores.directory);
    for (const turn of turns) tell(turn.session, grantedEvent(turn));
  };
  const repeatGrants = async (): Promise<void> => {
    for (const turn of await stores.line.unacceptedGrants(0, 100)) tell(turn.session, grantedEvent(turn));
  };
  const breakConnection = async (): Promise<void> => {
    await observer.query(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database()
       AND application_name <> 'observer' AND pid <> pg_backend_pid() AND state = 'active' ORDER BY random() LIMIT 1`,
    );
  };
  const watch = async (): Promise<void> => {
    while (!isOver) broken.push(...(await brokenAccounts(observer)));
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
        if (at < 0.82) return wake;
        if (at < 0.92) return grant;
        if (at < 0.97) return () => request(one());
        return breakConnection;
      });
      await Promise.allSettled([...turns, ...others].map((act) => act()));
    }
    for (let calm = 0; sessions.some(({ driver }) => !driver.state?.ended); calm++) {
      if (calm > 3_000) throw new Error(`seed ${seed}: sessions do not end`);
      for (const session of sessions) {
        if (session.driver.state?.ended) continue;
        if (session.driver.state?.paused) session.inbox.push({ id: `calm-${calm}`, type: 'resume-requested' });
        while (session.waiting.length > 0) await begin(session);
        while (session.begun.length > 0) await end(session);
        await repeatGrants();
        await wake();
        await grant();
        if (session.inbox.length > 0) await takeTurn(session);
      }
    }
  } finally {
    isOver = true;
    await watching;
  }
  expect(broken).toEqual([]);
  const { rows } = await observer.query<{ workspace: string; most: number }>(
    `SELECT workspace, max(starts)::int AS most FROM (
       SELECT workspace, account, count(*) AS starts FROM leases CROSS JOIN LATERAL unnest(accounts) AS account
       WHERE account LIKE 'workspace/rate/%' AND NOT (begun_at IS NULL AND released_at IS NOT NULL) GROUP BY 1, 2
     ) AS windows GROUP BY workspace ORDER BY workspace`,
  );
  expect(rows).toEqual(Object.entries(ofWorkspace).map(([workspace, most]) => ({ workspace, most })));
  expect((await startsByWindow(observer, 'agent/one/ada/rate/1s'))[0]).toBe(ofAgent);
  expect((await startsByWindow(observer, 'agent/one/bob/rate/1s'))[0]).toBeLessThanOrEqual(2);
});
