import type { SessionEvent } from '../../src/domain/session/events';
import { createAgentRegistry } from '../../src/stores/agents';
import { grantRoom } from '../../src/workers/grant-room';
import { grantedEvent } from '../../src/workers/line-keeper';
import { definitionOf } from '../helpers/agent-definitions';
import { fresh, hear, holdsOf, one, settle, stateOf } from './conflict-plans';
import { occupy } from './registered-agents';
import { started } from './session-driver';
import { openTestStores, testWorkspace } from './test-stores';
import type { TestStores } from './test-stores';

let stores: TestStores;

beforeAll(async () => (stores = await openTestStores()));
afterAll(() => stores.close());

describe('a run that needs resources and an agent of the registry', () => {
  let agentsAdded = 0;

  /** A run that waits for its agent, and how to let it have it: returns what the session came to know by that. */
  async function waitingForAgent(resource: string) {
    const name = `painter-${++agentsAdded}`;
    const agent = definitionOf(name, { maxConcurrent: 1 });
    await createAgentRegistry(stores.pool).add(testWorkspace, [agent]);
    stores.directory.forget();
    const free = await occupy(stores.pool, { workspace: testWorkspace, name });
    const plan = `version: 1\nname: p\ntasks: { fix: { agent: ${name}, writes: ["${resource}"] } }\n`;
    const session = await stores.addSession(plan);
    await session.take(started);
    expect(await stateOf(stores, session)).toEqual(['waiting', 'capacity', null]);
    const grant = async (): Promise<SessionEvent[]> => {
      await free();
      stores.directory.forget();
      const { turns } = await grantRoom(stores.line, stores.directory);
      return turns.filter((turn) => turn.session === session.id).map(grantedEvent);
    };
    const running = async (): Promise<number> => {
      const { rows } = await stores.pool.query<{ running: number }>('SELECT running FROM agent_room WHERE agent = $1', [
        name,
      ]);
      return rows[0]?.running ?? -1;
    };
    return { session, grant, running };
  }

  it('has no resources while it waits for the agent, and gets both when it has room', async () => {
    const resource = fresh();
    const { session, grant } = await waitingForAgent(resource);
    expect(await holdsOf(stores, session)).toEqual([]);
    expect((await session.take(...(await grant()))).attempts).toHaveLength(1);
    expect(await holdsOf(stores, session)).toMatchObject([
      { run: 'fix', attempt: 1, claim: { writes: [{ text: resource }] } },
    ]);
  });

  it('gives the agent back where others have the resources by then, and asks for both again later', async () => {
    const resource = fresh();
    const { session, grant, running } = await waitingForAgent(resource);
    const other = await stores.addSession(one(`writes: ["${resource}"]`));
    const { attempts } = await other.take(started);
    expect((await session.take(...(await grant()))).attempts).toEqual([]);
    expect(await stateOf(stores, session)).toEqual(['waiting', 'conflict', null]);
    expect(await running()).toBe(0);
    await settle(stores, attempts[0]);
    stores.directory.forget();
    expect((await hear(stores, session)).attempts).toHaveLength(1);
    expect(await running()).toBe(1);
  });
});

it('a run has no resources while it waits for its budget', async () => {
  const resource = fresh();
  const session = await stores.addSession(
    one(
      `writes: ['${resource}'], reserve: { tokens: 10 }`,
      'urgent: { agent: ok, priority: 1, reserve: { tokens: 10 } }',
    ).replace('tasks:', 'budget: { tokens: 10 }\ntasks:'),
  );
  await session.take(started);
  expect(await stateOf(stores, session)).toMatchObject(['waiting', 'budget', expect.stringContaining('no room')]);
  const other = await stores.addSession(one(`writes: ['${resource}']`));
  expect((await other.take(started)).attempts).toHaveLength(1);
});
