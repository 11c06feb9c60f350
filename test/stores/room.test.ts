import type { ClientBase, Pool } from 'pg';
import { createRandom } from '../../src/domain/random';
import { attemptUnstarted } from '../../src/contracts/protocol/attempt-events';
import { createAgentDirectory } from '../../src/stores/agent-directory';
import { createAgentRegistry } from '../../src/stores/agents';
import { createHostStore } from '../../src/stores/hosts';
import { outcomeEvent } from '../../src/workers/backstop';
import { createPool } from '../../src/stores/pool';
import { createWaitingLineStore } from '../../src/stores/waiting-line';
import { grantRoom } from '../../src/workers/grant-room';
import { grantedEvent } from '../../src/workers/line-keeper';
import { definitionOf } from '../helpers/agent-definitions';
import { openObservedStores, untilDone } from './observed-stores';
import type { ObservedStores } from './observed-stores';
import { takeInbox } from './played-session';
import type { PlayedSession } from './played-session';
import { ended, lost, started } from './session-driver';
import { settlement } from './settlements';
import { testWorkspace } from './test-stores';

const seed = process.env['ROOM_SEED'] ?? String(Date.now() % 2 ** 31);
const rounds = Number(process.env['ROOM_ROUNDS'] ?? 60);
process.stderr.write(`random fates of attempts: ROOM_SEED=${seed} ROOM_ROUNDS=${rounds}\n`);

let stores: ObservedStores;

beforeAll(async () => {
  stores = await openObservedStores();
  const code = [{ name: 'code', proficiency: 0.9, technologies: [] }];
  await createAgentRegistry(stores.pool).add(testWorkspace, [
    definitionOf('ada', { capabilities: code }),
    definitionOf('bob', { capabilities: code, maxConcurrent: 2 }),
    definitionOf('eve', { maxConcurrent: 3 }),
  ]);
  // The host has less room than its agents together.
  const agents = [
    definitionOf('cat', { capabilities: code, maxConcurrent: 2 }),
    definitionOf('dog', { maxConcurrent: 2 }),
  ];
  const host = { workspace: testWorkspace, name: 'den', holder: 'process 1', maxConcurrent: 3, agents };
  await createHostStore(stores.pool).join(host, () => false);
});
afterAll(() => stores.close());

const plan = `
version: 1
name: work
concurrency: 6
defaults: { retry: { attempts: 6, initialInterval: 0ms }, onFailure: continue }
tasks:
  each: { forEach: [1, 2, 3, 4, 5, 6], maxParallel: 4, agent: { capability: code } }
  eve: { agent: eve }
  ada: { agent: ada, priority: 1 }
  dog: { agent: dog, forEach: [1, 2, 3] }
  cat: { agent: cat@den }
  last: { needs: [each, eve], agent: { capability: code, avoid: [ada] } }
`;

/** Rooms of agents and of hosts that do not say what the leases do, which know nothing of rooms. */
async function brokenRooms(database: Pool | ClientBase): Promise<unknown[]> {
  const { rows } = await database.query(
    `SELECT agent, running, max_concurrent, held FROM agent_room
     CROSS JOIN LATERAL (SELECT count(*)::int AS held FROM leases
       WHERE agent_workspace = agent_room.workspace AND released_at IS NULL
         AND (leases.agent = agent_room.agent OR leases.agent LIKE '%_' || agent_room.agent AND agent_room.agent LIKE '@%')) AS leased
     WHERE running <> held OR held > max_concurrent`,
  );
  return rows as unknown[];
}

it('is never exceeded and always made again, whatever becomes of attempts, turns, grants and connections', async () => {
  const random = createRandom(seed);
  const pick = <T>(from: T[]): T | undefined => from[Math.floor(random() * from.length)];
  const take = <T>(from: T[]): T | undefined => from.splice(Math.floor(random() * from.length), 1)[0];
  const sessions: PlayedSession[] = [];
  for (let count = 0; count < 4; count++) {
    const driver = await stores.addSession(plan);
    sessions.push({ driver, inbox: [started], waiting: [], begun: [] });
  }
  await stores.pool.query(`UPDATE sessions SET settings = settings || '{"leaseMs": 0}'`);
  const keepers = [1, 2].map(() => stores.breakable(createPool(stores.databaseUrl, { maxConnections: 2 })));
  const keeper = keepers.map((pool) => ({
    store: createWaitingLineStore(pool),
    directory: createAgentDirectory(pool),
  }));
  const workers = [stores.attempts, stores.newAttemptStore()];
  let requests = 0;

  const tell = (turns: Awaited<ReturnType<typeof grantRoom>>['turns'], isHeard: boolean): void => {
    for (const turn of isHeard ? turns : []) {
      sessions.find(({ driver }) => driver.id === turn.session)?.inbox.push(grantedEvent(turn));
    }
  };
  const begin = async (session: PlayedSession): Promise<void> => {
    const attempt = take(session.waiting);
    if (!attempt) return;
    try {
      const beginning = await pick(workers)?.begin(attempt, `holder of ${attempt.token}`);
      if (beginning?.kind === 'begun') session.begun.push(attempt);
      else session.inbox.push(attemptUnstarted(attempt.run, attempt.attempt));
    } catch (error) {
      // It is asked again until there is an answer.
      session.waiting.push(attempt);
      throw error;
    }
  };
  const settle = async (session: PlayedSession): Promise<void> => {
    const attempt = take(session.begun);
    if (!attempt) return;
    const verdict = pick(['succeeded', 'succeeded', 'failed', 'rate_limited'] as const) ?? 'succeeded';
    try {
      await pick(workers)?.settle(settlement(attempt, { verdict }));
      session.inbox.push(ended(attempt.run, attempt.attempt, verdict));
    } catch (error) {
      // It is tried again until it is stored.
      session.begun.push(attempt);
      throw error;
    }
  };
  const lose = async (session: PlayedSession): Promise<void> => {
    const attempt = pick([...session.begun, ...session.waiting]);
    if (attempt) session.inbox.push(lost(attempt.run, attempt.attempt));
  };
  const grant = async (): Promise<void> => {
    const { store, directory } = pick(keeper) as (typeof keeper)[number];
    if (random() < 0.5) directory.forget();
    tell((await grantRoom(store, directory)).turns, random() < 0.7);
  };
  const repeatGrants = async (): Promise<void> => tell(await stores.line.unacceptedGrants(0, 100), true);
  /** What a backstop would tell after a while: of outcomes that were not taken in, and of attempts that nobody is heard of. */
  const sweep = async (): Promise<void> => {
    const news = [
      ...(await stores.backstop.unacceptedOutcomes(0, 100)).map((one) => ({ ...one, event: outcomeEvent(one) })),
    ];
    const silent = (await stores.backstop.expiredLeases(100)).map((one) => ({
      ...one,
      event: lost(one.run, one.attempt),
    }));
    for (const { session, event } of [...news, ...silent]) {
      sessions.find(({ driver }) => driver.id === session)?.inbox.push(event);
    }
  };
  const request = async (session: PlayedSession): Promise<void> => {
    const type = pick(['pause-requested', 'resume-requested', 'resume-requested', 'retry-requested'] as const);
    if (type) session.inbox.push({ id: `request-${(requests += 1)}`, type });
  };

  for (let round = 0; round < rounds; round++) {
    if (random() < 0.3) stores.directory.forget();
    const one = (): PlayedSession => pick(sessions) as PlayedSession;
    // A session takes its turns one after the other.
    const turns = sessions
      .filter(({ inbox }) => inbox.length > 0 && random() < 0.7)
      .map((session) => () => takeInbox(session));
    const others = Array.from({ length: 10 }, () => {
      const at = random();
      if (at < 0.3) return () => begin(one());
      if (at < 0.6) return () => settle(one());
      if (at < 0.65) return () => lose(one());
      if (at < 0.8) return grant;
      if (at < 0.87) return repeatGrants;
      if (at < 0.93) return () => request(one());
      return stores.breakConnection;
    });
    await Promise.allSettled([...turns, ...others].map((act) => act()));
    expect(await brokenRooms(stores.observer)).toEqual([]);
  }

  for (let calm = 0; sessions.some(({ driver }) => !driver.state?.ended); calm++) {
    if (calm > 500)
      throw new Error(
        `seed ${seed}: sessions do not end: ${JSON.stringify(sessions.map(({ driver }) => driver.state))}`,
      );
    stores.directory.forget();
    for (const session of sessions) {
      if (session.driver.state?.ended) continue;
      if (session.driver.state?.paused) session.inbox.push({ id: `calm-${calm}`, type: 'resume-requested' });
      while (session.waiting.length > 0) await untilDone(() => begin(session));
      while (session.begun.length > 0) await untilDone(() => settle(session));
      await untilDone(repeatGrants);
      await untilDone(sweep);
      if (session.inbox.length > 0) await untilDone(() => takeInbox(session));
      keeper[0]?.directory.forget();
      await untilDone(grant);
    }
    expect(await brokenRooms(stores.observer)).toEqual([]);
  }
  await Promise.all(keepers.map((pool) => pool.end()));

  const { rows } = await stores.observer.query(
    `SELECT (SELECT sum(running)::int FROM agent_room) AS running,
            (SELECT count(*)::int FROM leases WHERE released_at IS NULL) AS leases,
            (SELECT count(*)::int FROM waiting_line) AS waiting`,
  );
  expect(rows).toEqual([{ running: 0, leases: 0, waiting: 0 }]);
});

it.each([
  [
    'the rooms of hosts',
    'rooms_of(agent text) RETURNS SETOF text LANGUAGE sql IMMUTABLE BEGIN ATOMIC SELECT agent; END',
  ],
  ['rooms of all kinds', 'change_agent_room(changes jsonb) RETURNS void LANGUAGE sql BEGIN ATOMIC SELECT; END'],
])('is seen to be broken where the triggers forget %s', async (_, forgetful) => {
  const client = await stores.observer.connect();
  try {
    await client.query('BEGIN');
    await client.query(`CREATE OR REPLACE FUNCTION ${forgetful}`);
    await client.query(
      `INSERT INTO leases (workspace, session, run, attempt, agent, agent_workspace, expires_at)
       VALUES ($1, 'test', 'task', 1, 'cat@den', $1, now() + interval '1 hour')`,
      [testWorkspace],
    );
    expect(await brokenRooms(client)).toContainEqual({ agent: '@den', running: 0, max_concurrent: 3, held: 1 });
  } finally {
    await client.query('ROLLBACK');
    client.release();
  }
});
