import type { Pool } from 'pg';
import type { AgentKey } from '../../src/domain/agents/agent';
import { routingRequirement } from '../../src/domain/routing/routing-requirement';
import { createAgentDirectory } from '../../src/stores/agent-directory';
import { createAgentRegistry } from '../../src/stores/agents';
import { definitionOf } from '../helpers/agent-definitions';
import { learnAll } from './learn-all';
import { occupy, recordOutcome } from './registered-agents';
import { openTestStores } from './test-stores';
import type { TestStores } from './test-stores';

let stores: TestStores;
let agents = 0;

beforeAll(async () => (stores = await openTestStores()));
afterAll(() => stores.close());

async function register(parts: Parameters<typeof definitionOf>[1] = {}): Promise<AgentKey> {
  const name = `agent-${(agents += 1)}`;
  await createAgentRegistry(stores.pool).add('default', [definitionOf(name, parts)]);
  return { workspace: 'default', name };
}

it('is read once, and again when an agent was added, changed or removed', async () => {
  const first = await register();
  const directory = createAgentDirectory(stores.pool);
  const registry = createAgentRegistry(stores.pool);
  expect((await directory.roster()).entry(first)?.profile.maxConcurrent).toBe(1);
  await directory.roster();
  expect(directory.counts).toEqual({ asked: 2, read: 1 });

  const second = await register();
  directory.agentChanged(second);
  await registry.change(first, { maxConcurrent: 7 });
  directory.agentChanged(first);
  const roster = await directory.roster();
  expect([roster.entry(first)?.profile.maxConcurrent, roster.entry(second)?.running]).toEqual([7, 0]);
  expect(directory.counts).toEqual({ asked: 3, read: 2 });

  await registry.remove(first);
  directory.agentChanged(first);
  expect((await directory.roster()).entry(first)).toBeUndefined();
});

it('reads again what was heard to have changed, where it could not be read at first', async () => {
  const agent = await register();
  let isAway = false;
  const pool = Object.assign(Object.create(stores.pool) as Pool, {
    connect: () => (isAway ? Promise.reject(new Error('no connection')) : stores.pool.connect()),
  });
  const directory = createAgentDirectory(pool);
  await directory.roster();
  await createAgentRegistry(stores.pool).change(agent, { maxConcurrent: 7 });
  directory.agentChanged(agent);
  isAway = true;
  await expect(directory.roster()).rejects.toThrow('no connection');
  isAway = false;
  expect((await directory.roster()).entry(agent)?.profile.maxConcurrent).toBe(7);
});

it('is read anew when it was forgotten while it was read', async () => {
  const agent = await register();
  let begin: () => void = () => undefined;
  const begun = new Promise<void>((resolve) => (begin = resolve));
  const pool = Object.assign(Object.create(stores.pool) as Pool, {
    connect: () => begun.then(() => stores.pool.connect()),
  });
  const directory = createAgentDirectory(pool);
  const reading = directory.roster();
  directory.forget();
  begin();
  expect((await reading).entry(agent)).toBeDefined();
  await directory.roster();
  expect(directory.counts.read).toBe(2);
  await directory.roster();
  expect(directory.counts.read).toBe(2);
});

it('knows what runs as soon as it is told, also while it is read', async () => {
  const agent = await register({ maxConcurrent: 3 });
  const directory = createAgentDirectory(stores.pool);
  const reading = directory.roster();
  directory.roomChanged(agent, 2);
  expect((await reading).entry(agent)?.running).toBe(2);
  directory.roomChanged(agent, 3);
  expect((await directory.roster()).entry(agent)?.running).toBe(3);
  expect(directory.counts.read).toBe(1);
});

it('reads what runs from the database where it was told nothing', async () => {
  const agent = await register({ maxConcurrent: 3 });
  const end = await occupy(stores.pool, agent);
  const directory = createAgentDirectory(stores.pool);
  expect((await directory.roster()).entry(agent)?.running).toBe(1);
  await end();
  directory.forget();
  expect((await directory.roster()).entry(agent)?.running).toBe(0);
});

it('reads the record of an agent again that something was learnt of, at most once a second', async () => {
  const agent = await register();
  let now = 1_000_000;
  const directory = createAgentDirectory(stores.pool, () => now);
  const succeeded = async (): Promise<number | undefined> =>
    (await directory.roster()).entry(agent)?.profile.record.succeeded;
  const work = async (): Promise<void> => {
    await recordOutcome(stores.pool, agent, 'succeeded');
    await learnAll(stores);
    directory.recordChanged(agent);
  };
  expect(await succeeded()).toBe(0);
  await work();
  expect(await succeeded()).toBe(1);
  await work();
  expect(await succeeded()).toBe(1);
  now += 1_000;
  expect(await succeeded()).toBeGreaterThan(1.5);
});

it('is read again after five minutes, whatever was heard', async () => {
  let now = 0;
  const directory = createAgentDirectory(stores.pool, () => now);
  await directory.roster();
  const agent = await register();
  expect((await directory.roster()).entry(agent)).toBeUndefined();
  now += 5 * 60_000;
  expect((await directory.roster()).entry(agent)).toBeDefined();
});

it('goes on round a circle of agents after five minutes, where it was', async () => {
  let now = 0;
  const directory = createAgentDirectory(stores.pool, () => now);
  const circle = [await register(), await register()];
  const requirement = { ...routingRequirement({ name: '' }), names: circle.map(({ name }) => name) };
  const next = async (): Promise<number> => {
    const roster = await directory.roster();
    const pool = roster.candidatesFor(requirement, 'default');
    const at = roster.turnOf(pool) % pool.length;
    roster.passTurn(requirement, 'default', pool[at]!.entry.profile);
    return at;
  };
  expect(await next()).toBe(0);
  now += 5 * 60_000;
  expect(await next()).toBe(1);
  now += 5 * 60_000;
  expect(await next()).toBe(0);
});

it('knows what an agent came to in a capability, and expects of others of its type what it came to', async () => {
  const [experienced, fresh] = [await register({ type: 'poet' }), await register({ type: 'poet' })];
  const other = await register({ type: 'painter' });
  for (let n = 0; n < 4; n++) await recordOutcome(stores.pool, experienced, 'succeeded');
  await learnAll(stores);
  const roster = await createAgentDirectory(stores.pool).roster();
  const profile = roster.entry(experienced)?.profile;
  expect([...(profile?.records ?? [])]).toEqual([['["","task"]', profile?.record]]);
  const expectedOf = (agent: AgentKey, workspace = 'default'): number | undefined => {
    const seen = roster.entry(agent)?.profile;
    return seen && roster.believed(workspace, seen, {}, { mean: 0.8, weight: 5 }).prior.mean;
  };
  expect(expectedOf(fresh)).toBeGreaterThan(0.82);
  expect(expectedOf(other)).toBeGreaterThan(0.8);
  expect(expectedOf(other)).toBeLessThan(expectedOf(fresh) ?? 0);
  expect(expectedOf(experienced)).toBeLessThan(expectedOf(fresh) ?? 0);
  expect(expectedOf(fresh, 'elsewhere')).toBe(0.8);
});
