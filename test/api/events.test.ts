import { SseStream } from '../../src/api/live/sse-stream';
import type { RunningApi } from '../../src/main/api';
import { subscribe } from '../helpers/events/sse-client';
import type { SseConnection } from '../helpers/events/sse-client';
import { definitionOf } from '../helpers/agent-definitions';
import { openTestInstallation } from '../helpers/servers/test-installation';
import type { TestInstallation } from '../helpers/servers/test-installation';
import { until } from '../helpers/until';
import { ApiClient, tokenOf } from './api-client';

let installation: TestInstallation;
let api: RunningApi;
let token: string;
const connections: SseConnection[] = [];

beforeAll(async () => {
  installation = await openTestInstallation({
    // Who has read nothing from one to the next is slow, also where the machine is.
    ORCHESTRA_EVENTS_HEARTBEAT_MS: '1000',
    ORCHESTRA_EVENTS_BUFFER_BYTES: '65536',
  });
  [api] = await Promise.all([installation.startApi(), installation.startWorkers()]);
  token = await tokenOf(installation, 'viewer');
});
afterAll(async () => {
  for (const connection of connections) connection.cut();
  await installation.close();
});

const open = async (query = '', more: Parameters<typeof subscribe>[3] = {}, who = token): Promise<SseConnection> => {
  const connection = await subscribe(api.url, who, query, more);
  connections.push(connection);
  await until('it is ready', () => connection.ready() !== undefined);
  return connection;
};

const plan = `
version: 1
name: followed
agents: { ada: { connector: simulated, latency: 1ms }, bob: { connector: simulated, latency: 1ms } }
tasks: { one: { agent: ada }, two: { agent: bob, needs: [one] } }
`;

const tell = (type: string, { workspace = 'default', count = 1, bytes = 0 } = {}): Promise<unknown> =>
  installation.pool.query(
    `INSERT INTO workspace_events (workspace, at, type, data)
     SELECT $1, now(), $2, jsonb_build_object('nth', nth, 'much', repeat('x', $4)) FROM generate_series(1, $3) AS nth`,
    [workspace, type, count, bytes],
  );

const typesOf = ({ events }: SseConnection): string[] => events.map(({ type }) => type);

it('tells what a session does, in the order of its log, and goes on behind a cursor', async () => {
  const all = await open();
  const session = await installation.start(plan);
  const mine = await open(`?session=${session.id}&after=${all.ready()}`);
  await session.result();
  await until('both have seen the end', () => [all, mine].every((one) => typesOf(one).includes('session-ended')));
  const { body } = await new ApiClient(api.url, token).get(`/v1/sessions/${session.id}/events`);
  const log = body?.['events'] as { seq: number; type: string; data: unknown }[];
  const told = mine.events.map(({ data }) => ({ seq: data['seq'], type: data['type'], data: data['data'] }));
  expect(told).toEqual(log.map(({ seq, type, data }) => ({ seq, type, data })));
  expect(mine.events[0]).toMatchObject({ id: mine.events[0]?.data['id'], data: { session: session.id } });

  const third = mine.events[2]?.id ?? '';
  const later = await open(`?session=${session.id}&after=0`, { lastEventId: third });
  await until('it has caught up', () => typesOf(later).includes('session-ended'));
  expect(later.events).toEqual(mine.events.slice(3));
  const ofBob = await open(`?after=0&agent=bob&types=attempt-*`);
  await until('it has caught up', () => ofBob.events.length === 2);
  expect(ofBob.events.map(({ type, data }) => [type, data['task'], data['agent']])).toEqual([
    ['attempt-started', 'two', 'bob'],
    ['attempt-ended', 'two', 'bob'],
  ]);
});

it('tells of agents that come, change and go', async () => {
  const agents = await open('?types=agent-*');
  await installation.agents.add('default', [definitionOf('eve')]);
  await installation.agents.add('default', [definitionOf('mallory')]);
  const ofEve = await open('?agent=eve');
  await installation.pool.query(`UPDATE agents SET draining = true WHERE name IN ('eve', 'mallory')`);
  await until('it is told', () => agents.events.length === 4 && ofEve.events.length === 1);
  expect(ofEve.events[0]).toMatchObject({ type: 'agent-draining', data: { agent: 'eve' } });
});

it('tells nothing of another workspace', async () => {
  const [here, there] = [await open(), await open('', {}, await tokenOf(installation, 'viewer', 'other'))];
  await tell('agent-online', { workspace: 'other' });
  await until('there it is told', () => there.events.length === 1);
  await tell('agent-offline');
  await until('here it is told', () => here.events.length > 0);
  expect(typesOf(here)).toEqual(['agent-offline']);
  expect(typesOf(there)).toEqual(['agent-online']);
});

it('shows that the connection lives, with a cursor that moves though nothing is followed', async () => {
  const quiet = await open('?types=race-won');
  const before = quiet.heartbeats();
  await tell('agent-online');
  await until('its cursor has moved', () => Number(quiet.lastId()) > Number(quiet.ready()));
  expect(quiet.heartbeats()).toBeGreaterThan(before);
  expect(quiet.events).toEqual([]);
});

it('tells a slow reader to come again, where it can, and keeps nobody else waiting', async () => {
  const slow = await open('?types=agent-probed');
  const quick = await open('?types=agent-probed');
  // The server is in this process, and waits only some seconds for who does not read its last word.
  const ends = jest.spyOn(SseStream.prototype, 'end');
  const isToldToGo = (): boolean => ends.mock.calls.length > 0;
  slow.stall();
  let told = 0;
  const tellSome = (): Promise<unknown> =>
    tell('agent-probed', { count: 50, bytes: 10_000 }).finally(() => (told += 50));
  while (!isToldToGo()) {
    await tellSome();
    // It would be slow itself where more came than it can read meanwhile.
    await until('the quick one has all', () => isToldToGo() || quick.events.length === told);
  }
  // It still reads what waits for it, up to its last word.
  slow.flow();
  await slow.ended;
  ends.mockRestore();
  expect(slow.resume()).toMatchObject({ reason: 'slow' });
  await tellSome();
  await until('the quick one has all', () => quick.events.length === told);
  expect(slow.events.length).toBeLessThan(told);
  const again = await open('?types=agent-probed', { lastEventId: String(slow.resume()?.['id']) });
  await until('it has the rest', () => slow.events.length + again.events.length >= told);
  expect([...slow.events, ...again.events]).toEqual(quick.events);
});

it('refuses cursors and filters that are none, and says so', async () => {
  const client = new ApiClient(api.url, token);
  for (const query of ['?after=abc', '?after=-1', '?types=task-exploded', `?session=${'s,'.repeat(101)}`]) {
    expect(await client.get(`/v1/events${query}`)).toMatchObject({ status: 400, body: { code: 'USAGE' } });
  }
  const bad = await client.get('/v1/events', { 'last-event-id': 'x' });
  expect(bad).toMatchObject({ status: 400, body: { errors: [{ in: 'header', pointer: '/last-event-id' }] } });
  const future = await client.get('/v1/events?after=999999999');
  expect(future).toMatchObject({ status: 410, body: { code: 'EVENT_CURSOR_GONE' } });
  await installation.pool.query(
    `INSERT INTO event_floors SELECT 'default', max(nr) FROM workspace_events WHERE workspace = 'default'`,
  );
  expect(await client.get('/v1/events?after=1')).toMatchObject({ status: 410, body: { code: 'EVENT_CURSOR_GONE' } });
});

it('ends when the token is not valid any more', async () => {
  const brief = await tokenOf(installation, 'viewer', 'brief');
  const connection = await open('', {}, brief);
  const [{ id = '' } = {}] = await installation.apiTokens.list('brief');
  await installation.apiTokens.revoke('brief', id);
  await connection.ended;
  expect(connection.resume()).toMatchObject({ reason: 'forbidden' });
});

it('ends a stream that has lasted long enough, and misses nothing', async () => {
  const brief = await openTestInstallation({ ORCHESTRA_EVENTS_LONGEST_MS: '300' });
  try {
    const [{ url }, whose] = [await brief.startApi(), await tokenOf(brief, 'viewer')];
    const tellThere = (nth: number): Promise<unknown> =>
      brief.pool.query(
        `INSERT INTO workspace_events (workspace, at, type, data) VALUES ('default', now(), 'agent-reset', $1)`,
        [{ nth }],
      );
    let stream = await subscribe(url, whose);
    await tellThere(1);
    await stream.ended;
    expect(stream.resume()).toMatchObject({ reason: 'old', id: stream.lastId() });
    await tellThere(2);
    const { events } = stream;
    // On a slow machine one may end before it has caught up.
    while (events.length < 2) {
      stream = await subscribe(url, whose, '', { lastEventId: stream.lastId() ?? '' });
      await stream.ended;
      events.push(...stream.events);
    }
    expect(events.map(({ data }) => (data['data'] as { nth: number }).nth)).toEqual([1, 2]);
  } finally {
    await brief.close();
  }
});

it('goes on at another API process when one is closed', async () => {
  const other = await installation.startApi();
  const before = await subscribe(other.url, token, '?types=agent-reset');
  await until('it is ready', () => before.ready() !== undefined);
  await tell('agent-reset', { count: 3 });
  await until('it is told', () => before.events.length === 3);
  await other.close();
  await before.ended;
  expect(before.resume()).toMatchObject({ reason: 'closing', id: before.lastId() });
  await tell('agent-reset', { count: 2 });
  const after = await open('?types=agent-reset', { lastEventId: String(before.resume()?.['id']) });
  await until('it has the rest', () => after.events.length === 2);
  expect(after.events.map(({ data }) => (data['data'] as { nth: number }).nth)).toEqual([1, 2]);
});
