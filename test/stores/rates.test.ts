import type { SessionEvent } from '../../src/domain/session/events';
import { createAgentRegistry } from '../../src/stores/agents';
import { createRoutingReader } from '../../src/stores/routing-reader';
import { createSettingsStore } from '../../src/stores/settings';
import { grantRoom } from '../../src/workers/grant-room';
import { grantedEvent } from '../../src/workers/line-keeper';
import { definitionOf } from '../helpers/agent-definitions';
import { endWindows, startsByWindow } from './rate-windows';
import { ended, started } from './session-driver';
import { settlement } from './settlements';
import { openTestStores } from './test-stores';
import type { TestStores } from './test-stores';
import { wakeWaiters } from './wake-waiters';

let stores: TestStores;
beforeAll(async () => (stores = await openTestStores()));
afterAll(() => stores.close());

const limit = (workspace: string, rateLimit: string) =>
  createSettingsStore(stores.pool).change(workspace, { set: { rateLimit }, unset: [] });

const items = (count: number): string => `forEach: [${Array.from({ length: count }, (_, at) => at).join(', ')}]`;

const inline = (count: number, more = ''): string =>
  `version: 1\nname: p\nconcurrency: 4\nagents: { own: { connector: simulated } }\ntasks: { each: { ${items(count)}, agent: own${more} } }\n`;

const wake = (): Promise<Map<string, SessionEvent[]>> => wakeWaiters(stores.pool);

describe('a workspace that starts so many attempts in a day', () => {
  it('lets the others wait, says until when, and tells as many as fit when the next window opens', async () => {
    const workspace = 'daily';
    await limit(workspace, '3/1d');
    const first = await stores.addSession(inline(3), { workspace });
    expect((await first.take(started)).attempts).toHaveLength(3);
    const second = await stores.addSession(inline(9), { workspace });
    expect((await second.take(started)).attempts).toEqual([]);
    const words = /^starts in the workspace: 3 of 3 in 1d, more at \d{4}-\d\d-\d\dT00:00:00Z$/;
    const [run] = (await stores.catalog.runs(workspace, second.id)).filter(({ status }) => status === 'waiting');
    expect(run).toMatchObject({ reason: 'rate', waitsFor: expect.stringMatching(words), error: null });
    expect(await createRoutingReader(stores.pool).line(workspace, 1)).toMatchObject([
      { session: second.id, attempt: 1, waitsFor: expect.stringMatching(words), isGranted: false },
    ]);
    // No more wait than could be started, however many there are.
    expect(second.state?.inLine).toBe(4);
    expect(await wake()).toEqual(new Map());
    await endWindows(stores.pool);
    const told = await wake();
    expect(told.get(second.id)).toHaveLength(3);
    expect((await second.take(...(told.get(second.id) ?? []))).attempts).toHaveLength(3);
  });

  it('counts what was started, whether it goes on or has ended, and attempts that are made again', async () => {
    const workspace = 'again';
    await limit(workspace, '2/1d');
    const plan = inline(1, ', retry: { attempts: 3, initialInterval: 0ms }');
    const session = await stores.addSession(plan, { workspace });
    const [attempt] = (await session.take(started)).attempts;
    if (!attempt) throw new Error('nothing was started');
    await stores.attempts.begin(attempt, 'worker');
    await stores.attempts.settle(settlement(attempt, { verdict: 'failed' }));
    expect((await session.take(ended(attempt.run, 1, 'failed'))).attempts).toHaveLength(1);
    const other = await stores.addSession(inline(1), { workspace });
    expect((await other.take(started)).attempts).toEqual([]);
  });

  it('takes back a start that nobody has begun', async () => {
    const workspace = 'back';
    await limit(workspace, '1/1d');
    const first = await stores.addSession(inline(1), { workspace });
    await first.take(started);
    const second = await stores.addSession(inline(1), { workspace });
    await second.take(started);
    expect(await wake()).toEqual(new Map());
    await first.take({ id: 'cancel', type: 'cancel-requested' });
    const told = await wake();
    expect((await second.take(...(told.get(second.id) ?? []))).attempts).toHaveLength(1);
  });

  it('lets those go first that are more urgent, then those that have waited longer', async () => {
    const workspace = 'order';
    await limit(workspace, '1/1d');
    const taken = await stores.addSession(inline(1), { workspace });
    await taken.take(started);
    const sessions = [];
    for (const priority of [3, 3, 2]) {
      const session = await stores.addSession(inline(1, `, priority: ${priority}`), { workspace });
      await session.take(started);
      sessions.push(session);
    }
    const order: string[] = [];
    for (let window = 0; window < 3; window++) {
      await endWindows(stores.pool);
      const told = await wake();
      for (const session of sessions.filter(({ id }) => told.has(id))) {
        order.push(session.id);
        await session.take(...(told.get(session.id) ?? []));
      }
    }
    expect(order).toEqual([sessions[2]?.id, sessions[0]?.id, sessions[1]?.id]);
  });

  it('lets nobody overtake those who wait, unless he is more urgent', async () => {
    const workspace = 'overtaking';
    await limit(workspace, '1/1d');
    const add = async (more = '') => {
      const session = await stores.addSession(inline(1, more), { workspace });
      return { session, attempts: (await session.take(started)).attempts };
    };
    expect((await add()).attempts).toHaveLength(1);
    const { session: waiting } = await add();
    await endWindows(stores.pool);
    const late = await add();
    expect(late.attempts).toEqual([]);
    expect((await stores.catalog.runs(workspace, late.session.id)).map(({ waitsFor }) => waitsFor)).toContainEqual(
      expect.stringMatching(/^starts in the workspace: 0 of 1 in 1d, more at .*Z, and 1 wait before it$/),
    );
    const told = await wake();
    expect([told.has(waiting.id), told.has(late.session.id)]).toEqual([true, false]);
    expect((await waiting.take(...(told.get(waiting.id) ?? []))).attempts).toHaveLength(1);
    await endWindows(stores.pool);
    expect((await add(', priority: 1')).attempts).toHaveLength(1);
  });

  it('lets all go on when the limit is raised or taken away, and tells nobody of other workspaces to wait', async () => {
    const workspace = 'raised';
    await limit(workspace, '1/1d');
    const session = await stores.addSession(inline(4), { workspace });
    expect((await session.take(started)).attempts).toHaveLength(1);
    await limit(workspace, '2/24h');
    expect((await session.take(...((await wake()).get(session.id) ?? []))).attempts).toHaveLength(1);
    await createSettingsStore(stores.pool).change(workspace, { set: {}, unset: ['rateLimit'] });
    expect((await session.take(...((await wake()).get(session.id) ?? []))).attempts).toHaveLength(2);
    const other = await stores.addSession(inline(3), { workspace: 'unlimited' });
    expect((await other.take(started)).attempts).toHaveLength(3);
  });
});

it('an agent loses its limit again', async () => {
  const registry = createAgentRegistry(stores.pool);
  await registry.add('unlimited-agent', [definitionOf('ada', { rateLimit: '1/1d' })]);
  const key = { workspace: 'unlimited-agent', name: 'ada' };
  await registry.change(key, { rateLimit: '2/1d' });
  expect(await registry.find(key.workspace, key)).toMatchObject({ rateLimit: '2/1d' });
  await registry.change(key, { rateLimit: null });
  expect(await registry.find(key.workspace, key)).not.toHaveProperty('rateLimit');
});

describe('an agent that starts so many attempts in a day', () => {
  const code = [{ name: 'code', proficiency: 1, technologies: [] }];
  const coding = (count: number): string =>
    `version: 1\nname: p\nconcurrency: 9\ntasks: { each: { ${items(count)}, agent: { capability: code } } }\n`;
  const add = async (workspace: string, ...agents: Parameters<typeof definitionOf>[]): Promise<void> => {
    await createAgentRegistry(stores.pool).add(
      workspace,
      agents.map(([name, parts]) => definitionOf(name, { capabilities: code, maxConcurrent: 9, ...parts })),
    );
    stores.directory.forget();
  };
  const grant = async (): Promise<Map<string, SessionEvent[]>> => {
    const { turns } = await grantRoom(stores.line, stores.directory);
    const told = new Map<string, SessionEvent[]>();
    for (const turn of turns) told.set(turn.session, [...(told.get(turn.session) ?? []), grantedEvent(turn)]);
    return told;
  };

  it('leaves the others to agents that may start more', async () => {
    const workspace = 'two-agents';
    await add(workspace, ['ada', { rateLimit: '2/1d', capabilities: code }], ['bob', { maxConcurrent: 3 }]);
    const session = await stores.addSession(coding(9), { workspace });
    expect((await session.take(started)).attempts).toHaveLength(5);
    const runs = await stores.catalog.runs(workspace, session.id);
    const agents = runs.map(({ agent }) => agent);
    expect(agents.filter((name) => name === 'ada')).toHaveLength(2);
    expect(agents.filter((name) => name === 'bob')).toHaveLength(3);
    expect(runs.find(({ status }) => status === 'waiting')).toMatchObject({
      reason: 'capacity',
      waitsFor: expect.stringMatching(/ada \(has started 2 of 2 in 1d, more at .*T00:00:00Z\) and bob \(3 of 3\)/),
    });
  });

  it('starts as many as fit when the next window opens, and tells when that is', async () => {
    const workspace = 'next-window';
    await add(workspace, ['ada', { rateLimit: '2/1d' }]);
    const session = await stores.addSession(coding(5), { workspace });
    expect((await session.take(started)).attempts).toHaveLength(2);
    stores.directory.forget();
    const { turns, windowOpensInMs } = await grantRoom(stores.line, stores.directory);
    expect(turns).toEqual([]);
    expect(windowOpensInMs).toBeGreaterThan(0);
    expect(windowOpensInMs).toBeLessThanOrEqual(86_400_000);
    await endWindows(stores.pool);
    stores.directory.forget();
    expect((await session.take(...((await grant()).get(session.id) ?? []))).attempts).toHaveLength(2);
    stores.directory.forget();
    expect(await grant()).toEqual(new Map());
  });

  it('counts for all its instances, and for all workspaces that share it', async () => {
    const shared = { rateLimit: '3/1d', shared: true };
    await createAgentRegistry(stores.pool).add('owner', [
      definitionOf('eve', {
        ...shared,
        capabilities: [{ name: 'eve', proficiency: 1, technologies: [] }],
        maxConcurrent: 2,
      }),
    ]);
    stores.directory.forget();
    const plan = `version: 1\nname: p\ntasks: { each: { ${items(2)}, agent: { capability: eve } } }\n`;
    const first = await stores.addSession(plan, { workspace: 'guest' });
    const { attempts } = await first.take(started);
    expect(attempts).toHaveLength(2);
    for (const attempt of attempts) {
      await stores.attempts.begin(attempt, 'worker');
      await stores.attempts.settle(settlement(attempt));
    }
    // This worker has not heard of what was started: the accounts have the last word.
    const second = await stores.addSession(plan, { workspace: 'other-guest' });
    const { attempts: others } = await second.take(started);
    expect(others).toHaveLength(1);
    expect((await stores.catalog.runs('other-guest', second.id)).map(({ waitsFor }) => waitsFor)).toContainEqual(
      expect.stringMatching(/^an agent: eve has started 3 of 3 in 1d, more at /),
    );
    expect(await startsByWindow(stores.pool, 'agent/owner/eve/rate/1d')).toEqual([3]);
  });
});

it('what was started in windows that are past is forgotten', async () => {
  await limit('past', '5/1s');
  const session = await stores.addSession(inline(1), { workspace: 'past' });
  await session.take(started);
  await stores.backstop.deletePastWindows();
  expect(await startsByWindow(stores.pool, 'workspace/rate/1s')).toEqual([1]);
  await endWindows(stores.pool);
  await stores.backstop.deletePastWindows();
  const { rows } = await stores.pool.query(`SELECT account FROM budget_accounts WHERE workspace = 'past'`);
  expect(rows).toEqual([]);
});
