import type { AgentPresenceStore } from '../../src/contracts/ports/agent-presence';
import type { HostStore, NewHost } from '../../src/contracts/ports/host-store';
import type { SessionEvent } from '../../src/domain/session/events';
import { createAgentPresenceStore } from '../../src/stores/agent-presence';
import { createAgentRegistry } from '../../src/stores/agents';
import { createHostStore } from '../../src/stores/hosts';
import { grantRoom } from '../../src/workers/grant-room';
import { grantedEvent } from '../../src/workers/line-keeper';
import { definitionOf } from '../helpers/agent-definitions';
import { lost, started } from './session-driver';
import type { SessionDriver } from './session-driver';
import { settlement } from './settlements';
import { openTestStores, testWorkspace } from './test-stores';
import type { TestStores } from './test-stores';

let stores: TestStores;
let hosts: HostStore;
let presence: AgentPresenceStore;

beforeAll(async () => {
  stores = await openTestStores();
  hosts = createHostStore(stores.pool);
  presence = createAgentPresenceStore(stores.pool);
});
afterAll(() => stores.close());

let names = 0;
const fresh = (kind: string): string => `${kind}-${++names}`;

const hostOf = (agents: string[], parts: Partial<NewHost> = {}): NewHost => ({
  workspace: testWorkspace,
  name: fresh('host'),
  holder: 'process 1',
  maxConcurrent: 10,
  agents: agents.map((agent) => definitionOf(agent, { maxConcurrent: 5 })),
  ...parts,
});

const never = (): boolean => false;

async function joined(agents: string[], parts: Partial<NewHost> = {}): Promise<NewHost> {
  const host = hostOf(agents, parts);
  await hosts.join(host, never);
  stores.directory.forget();
  return host;
}

const planFor = (agent: string, items = 1): string =>
  `version: 1\nname: p\nconcurrency: 100\ntasks:\n  work: { agent: ${agent}, forEach: [${Array.from({ length: items }, (_, at) => at).join(', ')}] }\n`;

async function startedSession(agent: string, items = 1) {
  const session = await stores.addSession(planFor(agent, items));
  const { attempts, commands } = await session.take(started);
  const agents = commands.flatMap((command) => (command.type === 'start-attempt' ? [command.agent] : []));
  return { session, attempts, agents };
}

async function grant(session: SessionDriver): Promise<SessionEvent[]> {
  stores.directory.forget();
  const { turns } = await grantRoom(stores.line, stores.directory);
  return turns.filter((turn) => turn.session === session.id).map(grantedEvent);
}

const waitsFor = async ({ id }: SessionDriver): Promise<(string | null)[]> =>
  (await stores.catalog.runs(testWorkspace, id)).flatMap((run) => (run.waitsFor === null ? [] : [run.waitsFor]));

const shown = async ({ name }: { name: string }) => (await hosts.list(testWorkspace)).find((one) => one.name === name);

const registered = async (name: string) =>
  (await createAgentRegistry(stores.pool).list(testWorkspace, { query: name, limit: 10 })).map((agent) => agent.name);

describe('the agents of a host', () => {
  it('get the tasks of whoever names them without the host, each host its share', async () => {
    const agent = fresh('writer');
    const [one, other] = [await joined([agent]), await joined([agent])];
    const { agents } = await startedSession(agent, 4);
    const at = (host: NewHost): number => agents.filter((name) => name === `${agent}@${host.name}`).length;
    expect([at(one), at(other)]).toEqual([2, 2]);
    expect([(await shown(one))?.running, (await shown(other))?.running]).toEqual([2, 2]);
  });

  it('get the tasks of whoever names them with the host', async () => {
    const agent = fresh('writer');
    const [one] = [await joined([agent]), await joined([agent])];
    const { agents } = await startedSession(`"${agent}@${one.name}"`, 2);
    expect(agents).toEqual([`${agent}@${one.name}`, `${agent}@${one.name}`]);
  });

  it('never do more together than their host can, and go on when it has room', async () => {
    const [writer, reader] = [fresh('writer'), fresh('reader')];
    const host = await joined([writer, reader], { maxConcurrent: 3 });
    const first = await startedSession(writer, 2);
    const second = await startedSession(reader, 2);
    expect([first.agents.length, second.agents.length]).toEqual([2, 1]);
    expect((await shown(host))?.status).toBe('busy');
    expect(await waitsFor(second.session)).toEqual([
      `All that meet the requirement are busy: ${reader}@${host.name} (its host has 3 of 3).`,
    ]);
    expect(await grant(second.session)).toEqual([]);
    const [attempt] = first.attempts;
    if (!attempt) throw new Error('an attempt was expected');
    await stores.attempts.begin(attempt, 'worker');
    await stores.attempts.settle(settlement(attempt));
    const turns = await grant(second.session);
    expect(turns).toMatchObject([{ type: 'agent-granted', agent: `${reader}@${host.name}` }]);
    expect((await second.session.take(...turns)).attempts).toHaveLength(1);
    expect((await shown(host))?.running).toBe(3);
  });

  it('have attempts scheduled again after the session has continued as new, at their host', async () => {
    const agent = fresh('writer');
    const host = await joined([agent]);
    const { session } = await startedSession(agent);
    const { result } = await session.continueAsNew().take();
    expect(result.unbegun).toMatchObject([{ run: 'work[0]', agent: `${testWorkspace}/${agent}@${host.name}` }]);
  });

  it('get no work while their host is draining or gone, and get it again when it is back', async () => {
    const agent = fresh('writer');
    const host = await joined([agent]);
    await hosts.drain(host);
    stores.directory.forget();
    const { session, attempts } = await startedSession(agent);
    expect(attempts).toEqual([]);
    expect(await waitsFor(session)).toEqual([`All that meet the requirement are draining: ${agent}@${host.name}.`]);
    await hosts.leave(host);
    stores.directory.forget();
    const other = await startedSession(agent);
    expect(await waitsFor(other.session)).toEqual(['its turn: others wait for the same agents']);
    expect([(await shown(host))?.status, await grant(session)]).toEqual(['offline', []]);
    await hosts.join({ ...host, holder: 'process 2' }, never);
    expect((await session.take(...(await grant(session)))).attempts).toHaveLength(1);
  });

  it('lose attempts that they had not begun when their host goes, to be tried elsewhere at no cost of a try', async () => {
    const agent = fresh('writer');
    const host = await joined([agent]);
    const { session } = await startedSession(agent);
    const overdue = async () => (await stores.backstop.expiredLeases(100)).filter((one) => one.session === session.id);
    expect(await overdue()).toEqual([]);
    await hosts.leave(host);
    expect(await overdue()).toMatchObject([{ run: 'work[0]', attempt: 1 }]);
    const other = await joined([agent]);
    const { commands } = await session.take(lost('work[0]'));
    expect(commands).toMatchObject([{ type: 'start-attempt', agent: `${agent}@${other.name}` }]);
    expect(await overdue()).toEqual([]);
  });

  it('are other ones for whoever changes them once their host drains, is back, or drops them', async () => {
    const [kept, dropped] = [fresh('kept'), fresh('dropped')];
    const host = await joined([kept, dropped]);
    const registry = createAgentRegistry(stores.pool);
    const revisions = () =>
      Promise.all(
        [kept, dropped].map(async (agent) => {
          const key = { workspace: testWorkspace, name: `${agent}@${host.name}` };
          return (await registry.find(testWorkspace, key)).revision;
        }),
      );
    // With work in flight it stays when it is dropped.
    await startedSession(dropped);
    expect(await revisions()).toEqual([1, 1]);
    await hosts.drain(host);
    await hosts.drain(host);
    expect(await revisions()).toEqual([2, 2]);
    await hosts.join(host, never);
    expect(await revisions()).toEqual([3, 3]);
    await hosts.join({ ...host, agents: host.agents.slice(0, 1) }, never);
    expect(await revisions()).toEqual([3, 4]);
  });

  it('are looked for in vain where their host is offline, and the task says so', async () => {
    const agent = fresh('writer');
    const host = await joined([agent]);
    await hosts.leave(host);
    stores.directory.forget();
    const { session } = await startedSession(agent);
    expect(await waitsFor(session)).toEqual([
      expect.stringContaining(`All that meet the requirement are offline: ${agent}@${host.name} (last seen `),
    ]);
  });
});

describe('a host', () => {
  it('counts as offline when it was not heard of, and as online with its next word', async () => {
    const host = await joined([fresh('writer')]);
    await presence.noteSilent({ agentsMs: 60_000, hostsMs: 60_000 });
    expect((await shown(host))?.status).toBe('online');
    await presence.noteSilent({ agentsMs: 60_000, hostsMs: -1_000 });
    expect((await shown(host))?.status).toBe('offline');
    expect(await hosts.beat(host)).toBe(true);
    expect((await shown(host))?.status).toBe('online');
  });

  it('tells whoever keeps the registry at hand when it goes', async () => {
    const agent = fresh('writer');
    const host = await joined([agent]);
    const client = await stores.pool.connect();
    try {
      const heard: (string | undefined)[] = [];
      client.on('notification', ({ payload }) => heard.push(payload));
      await client.query('LISTEN orchestra_agents');
      await hosts.leave(host);
      await client.query('SELECT 1');
      expect(heard).toEqual([JSON.stringify([testWorkspace, `${agent}@${host.name}`]).replace(',', ', ')]);
    } finally {
      client.release(true);
    }
  });

  it('is one process: another is refused while it is there, unless it is known to be gone', async () => {
    const host = await joined([fresh('writer')]);
    const other = { ...host, holder: 'process 2' };
    await expect(hosts.join(other, never)).rejects.toMatchObject({ code: 'HOST_TAKEN' });
    const asked: string[] = [];
    await hosts.join(other, (holder) => asked.push(holder) > 0);
    expect(asked).toEqual(['process 1']);
    expect([await hosts.beat(host), await hosts.beat(other)]).toEqual([false, true]);
    await hosts.leave(host);
    expect((await shown(host))?.status).toBe('online');
  });

  it('changes its agents when it comes again, and takes those out that it has no longer', async () => {
    const [kept, dropped] = [fresh('kept'), fresh('dropped')];
    const host = await joined([kept, dropped]);
    await hosts.join({ ...host, agents: [definitionOf(kept, { maxConcurrent: 9 })], maxConcurrent: 20 }, never);
    expect([await registered(kept), await registered(dropped)]).toEqual([[`${kept}@${host.name}`], []]);
    expect(await shown(host)).toMatchObject({ agents: [kept], maxConcurrent: 20 });
    const agent = await createAgentRegistry(stores.pool).find(testWorkspace, {
      workspace: testWorkspace,
      name: `${kept}@${host.name}`,
    });
    expect(agent).toMatchObject({ maxConcurrent: 9, revision: 2 });
  });

  it('keeps an agent that it has no longer until its work has ended, without giving it any', async () => {
    const [kept, dropped] = [fresh('kept'), fresh('dropped')];
    const host = await joined([kept, dropped]);
    const { attempts } = await startedSession(dropped);
    await hosts.join({ ...host, agents: [definitionOf(kept)] }, never);
    stores.directory.forget();
    expect(await registered(dropped)).toEqual([`${dropped}@${host.name}`]);
    expect((await startedSession(dropped)).attempts).toEqual([]);
    const [attempt] = attempts;
    if (!attempt) throw new Error('an attempt was expected');
    expect(await stores.attempts.begin(attempt, 'worker')).toMatchObject({ kind: 'begun' });
    await stores.attempts.settle(settlement(attempt));
    await hosts.join({ ...host, agents: [definitionOf(kept)] }, never);
    expect(await registered(dropped)).toEqual([]);
  });

  it('is removed with its agents once it is gone and idle', async () => {
    const agent = fresh('writer');
    const host = await joined([agent]);
    const { attempts } = await startedSession(agent);
    await expect(hosts.remove(host)).rejects.toMatchObject({ code: 'COMMAND_REFUSED' });
    await hosts.leave(host);
    await expect(hosts.remove(host)).rejects.toThrow('has attempts in flight');
    const [attempt] = attempts;
    if (!attempt) throw new Error('an attempt was expected');
    await stores.attempts.begin(attempt, 'worker');
    await stores.attempts.settle(settlement(attempt));
    await hosts.remove(host);
    expect([await shown(host), await registered(agent)]).toEqual([undefined, []]);
    const { rows } = await stores.pool.query('SELECT agent FROM agent_room WHERE agent LIKE $1', [`%@${host.name}`]);
    expect(rows).toEqual([]);
    await expect(hosts.remove({ ...host, name: 'hast' })).rejects.toMatchObject({ code: 'HOST_NOT_FOUND' });
  });
});
