import { Client } from 'pg';
import type { EventStore } from '../../src/contracts/ports/event-store';
import { advanceHorizon, noHorizon } from '../../src/domain/events/event-horizon';
import { eventTypes } from '../../src/domain/events/event-types';
import { everyEvent } from '../../src/domain/events/workspace-event';
import type { WorkspaceEvent } from '../../src/domain/events/workspace-event';
import { createAgentRegistry } from '../../src/stores/agents';
import { createEventStore } from '../../src/stores/events';
import { deleteOldEvents } from '../../src/stores/old-events';
import { definitionOf } from '../helpers/agent-definitions';
import { started } from './session-driver';
import { openTestStores } from './test-stores';
import type { TestStores } from './test-stores';

let stores: TestStores;
let events: EventStore;
const others: Client[] = [];

beforeAll(async () => {
  stores = await openTestStores();
  events = createEventStore(stores.pool);
});
afterAll(async () => {
  await Promise.all(others.map((client) => client.end()));
  await stores.close();
});

/** A connection with a transaction of its own. */
async function connect(): Promise<Client> {
  const client = new Client({ connectionString: stores.databaseUrl });
  await client.connect();
  others.push(client);
  return client;
}

const tell = (type: string): string =>
  `INSERT INTO workspace_events (workspace, at, type, data) VALUES ('default', now(), '${type}', '{}')`;

/** A reader of what happens in the workspace from now on, as the API and the command line are. */
async function reader(workspace: string): Promise<() => Promise<WorkspaceEvent[]>> {
  let horizon = advanceHorizon(noHorizon, await events.numbers());
  let after = await events.lastUpTo(workspace, horizon.upTo);
  return async () => {
    horizon = advanceHorizon(horizon, await events.numbers());
    const found = await events.read(workspace, { after, upTo: horizon.upTo, limit: 1_000, filter: everyEvent });
    after = found.at(-1)?.nr ?? after;
    return found;
  };
}

const typesIn = (found: readonly WorkspaceEvent[]): string[] => found.map(({ type }) => type);

it('keeps back what comes after the event of a transaction that commits late, and gives both in order', async () => {
  const read = await reader('default');
  const [early, late] = [await connect(), await connect()];
  await early.query('BEGIN');
  await early.query(tell('agent-early'));
  await late.query(tell('agent-late'));
  expect(typesIn(await read())).toEqual([]);
  expect(typesIn(await read())).toEqual([]);
  await early.query('COMMIT');
  expect(typesIn(await read())).toEqual(['agent-early', 'agent-late']);
  expect(typesIn(await read())).toEqual([]);
});

it('goes on when such a transaction comes to nothing, and waits for none that writes no event', async () => {
  const read = await reader('default');
  const [doomed, idle, writer] = [await connect(), await connect(), await connect()];
  await idle.query('BEGIN');
  await idle.query('CREATE TABLE something_else (id int)');
  await idle.query('SELECT count(*) FROM workspace_events');
  await doomed.query('BEGIN');
  await doomed.query(tell('agent-doomed'));
  await writer.query(tell('agent-next'));
  expect(await read()).toEqual([]);
  await doomed.query('ROLLBACK');
  expect(typesIn(await read())).toEqual(['agent-next']);
  await idle.query('ROLLBACK');
});

it('gives writers at the same time to a reader each once and in order', async () => {
  const read = await reader('default');
  const writers = await Promise.all([1, 2, 3, 4, 5, 6].map(() => connect()));
  let isWriting = true;
  const written = Promise.all(
    writers.map(async (client, n) => {
      for (let nth = 0; nth < 100; nth++) {
        await client.query('BEGIN');
        await client.query(tell(`w${n}-${nth}a`));
        // Others take numbers between these two.
        await client.query('SELECT pg_sleep(random() * 0.004)');
        await client.query(tell(`w${n}-${nth}b`));
        await client.query(nth % 10 === 9 ? 'ROLLBACK' : 'COMMIT');
      }
    }),
  ).finally(() => (isWriting = false));
  const seen: WorkspaceEvent[] = [];
  while (isWriting) seen.push(...(await read()));
  await written;
  seen.push(...(await read()));
  const numbers = seen.map(({ nr }) => nr);
  expect(numbers).toEqual([...numbers].sort((a, b) => a - b));
  const { rows } = await stores.pool.query<{ type: string }>(
    `SELECT type FROM workspace_events WHERE type LIKE 'w%' ORDER BY nr`,
  );
  expect(rows).toHaveLength(6 * 90 * 2);
  expect(typesIn(seen)).toEqual(typesIn(rows as WorkspaceEvent[]));
});

const plan = `
version: 1
name: told
agents: { ada: { connector: simulated } }
tasks: { one: { agent: ada }, two: { agent: ada, needs: [one] } }
`;

it("tells a session's log in its order, with whom attempts are of, and can be filtered", async () => {
  const read = await reader('default');
  const session = await stores.addSession(plan);
  const { attempts } = await session.take(started);
  const [attempt] = attempts;
  expect(attempt).toBeDefined();
  const found = await read();
  expect(found.map(({ seq }) => seq)).toEqual(found.map((_, nth) => nth + (found[0]?.seq ?? 0)));
  expect(found.find(({ type }) => type === 'attempt-started')).toMatchObject({
    session: session.id,
    run: 'one',
    attempt: 1,
    agent: 'ada',
  });
  const { upTo } = advanceHorizon(noHorizon, await events.numbers());
  const first = found[0]?.nr ?? 0;
  const pick = async (filter: object): Promise<string[]> =>
    typesIn(await events.read('default', { after: first - 1, upTo, limit: 100, filter: { ...everyEvent, ...filter } }));
  expect(await pick({ agents: ['ada'] })).toEqual(['attempt-started']);
  expect(await pick({ sessions: [session.id], types: ['session-started'] })).toEqual(['session-started']);
  expect(await pick({ sessions: ['another'] })).toEqual([]);
  expect(await events.read('other', { after: 0, upTo, limit: 10, filter: everyEvent })).toEqual([]);
  expect(typesIn(found).filter((type) => !eventTypes.includes(type))).toEqual([]);
});

it('tells what becomes of agents, and still does when they are gone', async () => {
  const registry = createAgentRegistry(stores.pool);
  const read = await reader('roster');
  await registry.add('roster', [definitionOf('eve')]);
  await stores.pool.query(
    `INSERT INTO agent_presence (workspace, agent, seen_at, is_online) VALUES ('roster', 'eve', now(), true)`,
  );
  await stores.pool.query(`UPDATE agents SET draining = true WHERE workspace = 'roster'`);
  await stores.pool.query(`DELETE FROM agents WHERE workspace = 'roster'`);
  const found = await read();
  expect(typesIn(found)).toEqual(['agent-registered', 'agent-online', 'agent-draining', 'agent-removed']);
  expect(found.every(({ agent, session }) => agent === 'eve' && session === null)).toBe(true);
});

it('notes up to where events were deleted', async () => {
  await stores.pool.query(
    `INSERT INTO workspace_events (workspace, at, type, data)
     SELECT 'old', now() - age * interval '1 day', 'agent-online', '{}' FROM unnest(ARRAY[40, 31, 29]) AS age`,
  );
  const { rows } = await stores.pool.query<{ nr: number }>(
    `SELECT nr FROM workspace_events WHERE workspace = 'old' ORDER BY nr`,
  );
  expect(await events.floor('old')).toBe(0);
  await stores.pool.query(deleteOldEvents('old'));
  await stores.pool.query(deleteOldEvents('old'));
  expect(await events.floor('old')).toBe(rows[1]?.nr);
  expect(await events.lastUpTo('old', 1e15)).toBe(rows[2]?.nr);
});
