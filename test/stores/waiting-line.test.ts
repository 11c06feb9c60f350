import type { SessionEvent } from '../../src/domain/session/events';
import { createAgentRegistry } from '../../src/stores/agents';
import { explainLine } from '../../src/workers/explain-line';
import { grantRoom } from '../../src/workers/grant-room';
import { grantedEvent } from '../../src/workers/line-keeper';
import { definitionOf } from '../helpers/agent-definitions';
import { occupy } from './registered-agents';
import { ended, started } from './session-driver';
import type { SessionDriver } from './session-driver';
import { settlement } from './settlements';
import { openTestStores, testWorkspace } from './test-stores';
import type { TestStores } from './test-stores';

let stores: TestStores;
let agents = 0;

beforeAll(async () => (stores = await openTestStores()));
afterAll(() => stores.close());

/** An agent that one other attempt keeps busy, and how to end that. */
async function busyAgent(): Promise<{ name: string; free: () => Promise<void> }> {
  const name = `agent-${(agents += 1)}`;
  await createAgentRegistry(stores.pool).add(testWorkspace, [definitionOf(name)]);
  const free = await occupy(stores.pool, { workspace: testWorkspace, name });
  stores.directory.forget();
  return { name, free };
}

const plan = (agent: string, parts = '', head = ''): string =>
  `version: 1\nname: p\n${head}\ntasks:\n  work: { agent: ${agent}, ${parts} }\n`;

/** Gives out room, and returns what the session is to be told. */
async function grant(session: SessionDriver): Promise<SessionEvent[]> {
  stores.directory.forget();
  const { turns } = await grantRoom(stores.line, stores.directory);
  return turns.filter((turn) => turn.session === session.id).map(grantedEvent);
}

async function inLine(session: SessionDriver): Promise<{ run: string; token: number | null }[]> {
  const { rows } = await stores.pool.query<{ run: string; token: number | null }>(
    'SELECT run, token FROM waiting_line WHERE session = $1 ORDER BY run',
    [session.id],
  );
  return rows;
}

async function running(name: string): Promise<number | undefined> {
  const { rows } = await stores.pool.query<{ running: number }>('SELECT running FROM agent_room WHERE agent = $1', [
    name,
  ]);
  return rows[0]?.running;
}

/** A session whose one task waits for an agent, with that agent. */
async function waitingSession(parts = '', head = '') {
  const agent = await busyAgent();
  const session = await stores.addSession(plan(agent.name, parts, head));
  await session.take(started);
  expect(await inLine(session)).toEqual([{ run: 'work', token: null }]);
  return { agent, session };
}

it('gives a run its turn when room is made, once', async () => {
  const { agent, session } = await waitingSession();
  expect(await grant(session)).toEqual([]);
  await agent.free();
  const turns = await grant(session);
  expect(turns).toMatchObject([{ type: 'agent-granted', run: 'work', attempt: 1, agent: agent.name }]);
  expect(await grant(session)).toEqual([]);
  const { attempts } = await session.take(...turns);
  expect(attempts).toMatchObject([{ run: 'work', attempt: 1 }]);
  expect([await inLine(session), await running(agent.name)]).toEqual([[], 1]);
});

it('keeps the place of a session that continues as new, and does not take its grant for an attempt', async () => {
  const { agent, session } = await waitingSession();
  await agent.free();
  const turns = await grant(session);
  const next = session.continueAsNew();
  const { result } = await next.take();
  expect(result.unbegun).toEqual([]);
  expect((await next.take(...turns)).attempts).toMatchObject([{ run: 'work', attempt: 1 }]);
});

it('gives room back that was given to a session which has been cancelled', async () => {
  const { agent, session } = await waitingSession();
  await agent.free();
  const turns = await grant(session);
  expect(await running(agent.name)).toBe(1);
  await session.take({ id: 'stop', type: 'cancel-requested' });
  expect([session.state?.ended?.status, await running(agent.name), await inLine(session)]).toEqual([
    'cancelled',
    0,
    [],
  ]);
  expect(turns).toHaveLength(1);
});

it('gives room back that comes while the session is paused, and lines up again afterwards', async () => {
  const { agent, session } = await waitingSession();
  await session.take({ id: 'pause', type: 'pause-requested' });
  expect(await inLine(session)).toEqual([]);
  await session.take({ id: 'resume', type: 'resume-requested' });
  await agent.free();
  const turns = await grant(session);
  const { result } = await session.take({ id: 'again', type: 'pause-requested' }, ...turns);
  expect(result.accepted).toContain('again');
  expect([session.status('work'), await running(agent.name)]).toEqual(['queued', 0]);
});

it('gives room back that a session has no use for by now', async () => {
  const agent = await busyAgent();
  const text = `version: 1\nname: p\nconcurrency: 1\nagents: { own: { connector: simulated } }\ntasks:\n  work: { agent: ${agent.name} }\n  own: { agent: own }\n`;
  const session = await stores.addSession(text);
  const { attempts } = await session.take(started);
  expect(attempts).toMatchObject([{ run: 'own' }]);
  await agent.free();
  await session.take(...(await grant(session)));
  expect([session.status('work'), await running(agent.name)]).toEqual(['queued', 0]);
  for (const attempt of attempts) {
    await stores.attempts.begin(attempt, 'worker');
    await stores.attempts.settle(settlement(attempt));
  }
  stores.directory.forget();
  expect((await session.take(ended('own'))).attempts).toMatchObject([{ run: 'work', attempt: 1 }]);
});

it('forgets the line of a branch that a reset left, and what was granted to it', async () => {
  const { agent, session } = await waitingSession();
  await agent.free();
  const turns = await grant(session);
  const other = session.reset(1);
  stores.directory.forget();
  await other.take(started);
  expect(await running(agent.name)).toBe(0);
  expect((await other.take(...turns)).result.accepted).toEqual([]);
  expect((await other.take(...(await grant(session)))).attempts).toMatchObject([{ run: 'work', attempt: 1 }]);
  expect(await running(agent.name)).toBe(1);
});

it('meets an attempt again that was begun in a branch that a reset left', async () => {
  const agent = await busyAgent();
  await agent.free();
  const session = await stores.addSession(plan(agent.name));
  stores.directory.forget();
  const { attempts } = await session.take(started);
  for (const attempt of attempts) await stores.attempts.begin(attempt, 'worker');
  const other = session.reset(1);
  const { result } = await other.take(started);
  expect(result.decisions).toContainEqual(['start', 0, -1, 1, agent.name, attempts[0]?.token, 1]);
  expect(await running(agent.name)).toBe(1);
});

it('lets nobody overtake who wants the same agent, unless it is urgent', async () => {
  const { agent, session } = await waitingSession();
  await agent.free();
  stores.directory.forget();
  const later = await stores.addSession(plan(agent.name));
  expect((await later.take(started)).attempts).toEqual([]);
  const urgent = await stores.addSession(plan(agent.name, 'priority: 1'));
  expect((await urgent.take(started)).attempts).toHaveLength(1);
  expect([await grant(session), await grant(later)]).toEqual([[], []]);
});

it('waits for an agent that is draining until it takes work again', async () => {
  const { agent, session } = await waitingSession();
  const registry = createAgentRegistry(stores.pool);
  await registry.setDraining({ workspace: testWorkspace, name: agent.name }, true);
  await agent.free();
  expect(await grant(session)).toEqual([]);
  await registry.setDraining({ workspace: testWorkspace, name: agent.name }, false);
  expect(await grant(session)).toHaveLength(1);
});

it('says what it waits for by now when nobody is left who could do it, and when somebody is again', async () => {
  const { agent, session } = await waitingSession();
  const second = await stores.addSession(plan(agent.name));
  await second.take(started);
  const key = { workspace: testWorkspace, name: agent.name };
  const registry = createAgentRegistry(stores.pool);
  const told = new Set<string>();
  const words = async (): Promise<string[]> => {
    stores.directory.forget();
    await explainLine(stores.line, stores.directory, told);
    const { rows } = await stores.pool.query<{ waits_for: string }>(
      'SELECT waits_for FROM waiting_line WHERE session = ANY ($1) ORDER BY since',
      [[session.id, second.id]],
    );
    return rows.map(({ waits_for }) => waits_for);
  };
  const itsTurn = 'its turn: others wait for the same agents';
  expect(await words()).toEqual([`All that meet the requirement are busy: ${agent.name} (1 of 1).`, itsTurn]);
  await registry.setDraining(key, true);
  const draining = `All that meet the requirement are draining: ${agent.name}.`;
  expect(await words()).toEqual([draining, draining]);
  await registry.setDraining(key, false);
  expect(await words()).toEqual([itsTurn, itsTurn]);
  await agent.free();
  await registry.remove(key);
  expect(await words()).toEqual(Array(2).fill(expect.stringContaining(`There is no agent "${agent.name}"`)));
});

it('is told again of a turn that its session has not taken in, and only of that', async () => {
  const { agent, session } = await waitingSession();
  await agent.free();
  await grant(session);
  const unaccepted = async (): Promise<SessionEvent[]> =>
    (await stores.line.unacceptedGrants(0, 100)).filter((turn) => turn.session === session.id).map(grantedEvent);
  const told = await unaccepted();
  expect(told).toMatchObject([{ type: 'agent-granted', run: 'work', agent: agent.name }]);
  await session.take(...told);
  expect(await unaccepted()).toEqual([]);
});

it('ends with a session whose workflow is gone', async () => {
  const { agent, session } = await waitingSession();
  await agent.free();
  await grant(session);
  await stores.backstop.abandonSession(testWorkspace, session.id, 'gone');
  expect([await inLine(session), await running(agent.name)]).toEqual([[], 0]);
});
