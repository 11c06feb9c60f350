import type { AgentRegistry } from '../../src/contracts/ports/agent-registry';
import { createAgentRegistry } from '../../src/stores/agents';
import { definitionOf } from '../helpers/agent-definitions';
import { learnAll } from './learn-all';
import { occupy, recordOutcome } from './registered-agents';
import { openTestStores } from './test-stores';
import type { TestStores } from './test-stores';

let stores: TestStores;
let registry: AgentRegistry;

beforeAll(async () => {
  stores = await openTestStores();
  registry = createAgentRegistry(stores.pool);
});
afterAll(() => stores.close());

let workspaces = 0;
/** A workspace of its own for each test. */
const newWorkspace = (): string => `workspace-${++workspaces}`;

const namesIn = async (workspace: string, filter: Parameters<AgentRegistry['list']>[1] = { limit: 100 }) =>
  (await registry.list(workspace, filter)).map(({ name }) => name);

describe('adding', () => {
  it('keeps what was defined', async () => {
    const workspace = newWorkspace();
    const definition = definitionOf('writer', {
      description: 'Writes code',
      instructions: 'Be brief.',
      capabilities: [{ name: 'code.write', proficiency: 0.8, technologies: ['typescript'] }],
      tags: ['fast'],
      maxConcurrent: 3,
      cost: { perAttemptUsd: 0.5 },
    });
    await registry.add(workspace, [definition]);
    expect(await registry.find(workspace, { workspace, name: 'writer' })).toEqual({
      ...definition,
      workspace,
      draining: false,
      revision: 1,
      createdAt: expect.any(Number),
      updatedAt: expect.any(Number),
      running: 0,
      record: { succeeded: 0, failed: 0 },
    });
  });

  it('is all or nothing', async () => {
    const workspace = newWorkspace();
    await registry.add(workspace, [definitionOf('b'), definitionOf('c')]);
    await expect(
      registry.add(
        workspace,
        ['a', 'b', 'c'].map((name) => definitionOf(name)),
      ),
    ).rejects.toMatchObject({
      code: 'AGENT_EXISTS',
      message: expect.stringContaining('has agents "b", "c" already. Nothing was added.'),
    });
    expect(await namesIn(workspace)).toEqual(['b', 'c']);
    await expect(registry.add(workspace, [definitionOf('d'), definitionOf('d')])).rejects.toMatchObject({
      code: 'AGENT_EXISTS',
    });
    expect(await namesIn(workspace)).toEqual(['b', 'c']);
  });

  it('of one name by many at once succeeds once', async () => {
    const workspace = newWorkspace();
    const tries = await Promise.allSettled(
      Array.from({ length: 8 }, () => registry.add(workspace, [definitionOf('a')])),
    );
    expect(tries.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  });
});

describe('changing', () => {
  it('replaces whole definitions, all or none, and counts revisions', async () => {
    const workspace = newWorkspace();
    await registry.add(workspace, [definitionOf('a', { description: 'old' }), definitionOf('b')]);
    await registry.replace(workspace, [definitionOf('a', { maxConcurrent: 5 })]);
    const replaced = await registry.find(workspace, { workspace, name: 'a' });
    expect(replaced).toMatchObject({ maxConcurrent: 5, revision: 2 });
    expect(replaced).not.toHaveProperty('description');
    await expect(
      registry.replace(workspace, [definitionOf('b', { maxConcurrent: 9 }), definitionOf('aa')]),
    ).rejects.toMatchObject({
      code: 'AGENT_NOT_FOUND',
      message: `There is no agent "aa" in workspace "${workspace}" (did you mean "a"?).`,
    });
    expect(await registry.find(workspace, { workspace, name: 'b' })).toMatchObject({ maxConcurrent: 1, revision: 1 });
  });

  it('keeps what is not named', async () => {
    const workspace = newWorkspace();
    const agent = { workspace, name: 'a' };
    await registry.add(workspace, [definitionOf('a', { description: 'kept' })]);
    await registry.change(agent, { maxConcurrent: 2, shared: true });
    expect(await registry.find(workspace, agent)).toMatchObject({
      description: 'kept',
      maxConcurrent: 2,
      shared: true,
      revision: 2,
    });
    expect(await namesIn(newWorkspace(), { limit: 100, query: 'kept' })).toEqual(['a']);
    await registry.change(agent, { tags: ['x'] });
    expect(await registry.find(workspace, agent)).toMatchObject({ shared: true, tags: ['x'], revision: 3 });
    await registry.change(agent, { shared: false });
    await expect(registry.change({ workspace, name: 'b' }, {})).rejects.toMatchObject({ code: 'AGENT_NOT_FOUND' });
  });

  it('gives the agent as much room as it says', async () => {
    const workspace = newWorkspace();
    const room = async (): Promise<unknown[]> =>
      (
        await stores.pool.query<object>('SELECT agent, max_concurrent FROM agent_room WHERE workspace = $1', [
          workspace,
        ])
      ).rows;
    await registry.add(workspace, [definitionOf('a', { maxConcurrent: 3 })]);
    expect(await room()).toEqual([{ agent: 'a', max_concurrent: 3 }]);
    await registry.change({ workspace, name: 'a' }, { maxConcurrent: 4 });
    expect(await room()).toEqual([{ agent: 'a', max_concurrent: 4 }]);
    await registry.replace(workspace, [definitionOf('a', { maxConcurrent: 5 })]);
    expect(await room()).toEqual([{ agent: 'a', max_concurrent: 5 }]);
  });

  it('takes what PostgreSQL does not', async () => {
    const workspace = newWorkspace();
    await registry.add(workspace, [definitionOf('a', { description: 'nul \0 half \ud800' })]);
    await registry.change({ workspace, name: 'a' }, { description: 'nul \0' });
    expect(await namesIn(workspace, { limit: 1, query: 'nul \0' })).toEqual(['a']);
  });
});

describe('draining and removing', () => {
  it('drains on and off, and counts only what changes', async () => {
    const workspace = newWorkspace();
    const agent = { workspace, name: 'a' };
    await registry.add(workspace, [definitionOf('a')]);
    await registry.setDraining(agent, true);
    await registry.setDraining(agent, true);
    expect(await registry.find(workspace, agent)).toMatchObject({ draining: true, revision: 2 });
    await registry.setDraining(agent, false);
    expect(await registry.find(workspace, agent)).toMatchObject({ draining: false, revision: 3 });
    await expect(registry.setDraining({ workspace, name: 'b' }, true)).rejects.toMatchObject({
      code: 'AGENT_NOT_FOUND',
    });
  });

  it('removes an idle agent, and none that works', async () => {
    const workspace = newWorkspace();
    const agent = { workspace, name: 'a' };
    await registry.add(workspace, [definitionOf('a', { maxConcurrent: 2 })]);
    const release = [await occupy(stores.pool, agent), await occupy(stores.pool, agent)];
    await expect(registry.remove(agent)).rejects.toMatchObject({
      code: 'COMMAND_REFUSED',
      message: expect.stringContaining('has 2 attempts in flight and was not removed.'),
    });
    expect((await registry.find(workspace, agent)).running).toBe(2);
    for (const end of release) await end();
    await registry.remove(agent);
    expect(await namesIn(workspace)).toEqual([]);
    await expect(registry.remove(agent)).rejects.toMatchObject({ code: 'AGENT_NOT_FOUND' });
  });

  it('does not wait for attempts of other agents', async () => {
    const workspace = newWorkspace();
    await registry.add(workspace, [definitionOf('a'), definitionOf('b')]);
    await occupy(stores.pool, { workspace, name: 'b' });
    await registry.remove({ workspace, name: 'a' });
    expect(await namesIn(workspace)).toEqual(['b']);
  });
});

describe('listing', () => {
  it('shows room and record', async () => {
    const workspace = newWorkspace();
    const agent = { workspace, name: 'a' };
    await registry.add(workspace, [definitionOf('a', { maxConcurrent: 2 })]);
    await occupy(stores.pool, agent);
    for (const verdict of ['succeeded', 'succeeded', 'failed', 'cancelled']) {
      await recordOutcome(stores.pool, agent, verdict);
    }
    await learnAll(stores);
    expect(await registry.list(workspace, { limit: 10 })).toMatchObject([
      { name: 'a', running: 1, maxConcurrent: 2, record: { succeeded: 2, failed: 1 } },
    ]);
  });

  it('finds words anywhere, in any case, and terms exactly', async () => {
    const workspace = newWorkspace();
    const capability = (name: string, ...technologies: string[]) => ({ name, proficiency: 1, technologies });
    await registry.add(workspace, [
      definitionOf('writer', {
        description: 'Schreibt ÄNDERUNGEN & 100% Code_s',
        capabilities: [capability('code.write', 'typescript', 'rust')],
        tags: ['fast'],
      }),
      definitionOf('reviewer', { capabilities: [capability('code.review', 'typescript')], tags: ['fast'] }),
      definitionOf('tester', { capabilities: [capability('test.write')] }),
    ]);
    const found = (filter: object) => namesIn(workspace, { limit: 100, ...filter });
    expect(await found({ query: 'WRITE' })).toEqual(['tester', 'writer']);
    expect(await found({ query: ' write  änderungen ' })).toEqual(['writer']);
    expect(await found({ query: '100%' })).toEqual(['writer']);
    expect(await found({ query: '%' })).toEqual(['writer']);
    expect(await found({ query: "'" })).toEqual([]);
    expect(await found({ query: ' ' })).toHaveLength(3);
    expect(await found({ capability: 'code.write' })).toEqual(['writer']);
    expect(await found({ capability: 'code' })).toEqual([]);
    expect(await found({ technology: 'typescript' })).toEqual(['reviewer', 'writer']);
    expect(await found({ technology: 'typescript', tag: 'fast', query: 'review' })).toEqual(['reviewer']);
    expect(await found({ tag: 'typescript' })).toEqual([]);
  });

  it('finds agents by their type, of those that say none by their connector', async () => {
    const workspace = newWorkspace();
    const remote = { connector: 'remote' } as const;
    await registry.add(workspace, [
      definitionOf('coder', { type: 'codex' }),
      definitionOf('far-coder', { type: 'codex', connector: remote, tags: ['far'] }),
      definitionOf('far', { connector: remote }),
      definitionOf('plain'),
    ]);
    const found = (filter: object) => namesIn(workspace, { limit: 100, ...filter });
    expect(await found({ type: 'codex' })).toEqual(['coder', 'far-coder']);
    expect(await found({ type: 'codex', tag: 'far' })).toEqual(['far-coder']);
    expect(await found({ type: 'remote' })).toEqual(['far']);
    expect(await found({ type: 'command' })).toEqual(['plain']);
    expect(await found({ type: 'code' })).toEqual([]);
    await registry.change({ workspace, name: 'plain' }, { type: 'codex' });
    expect(await found({ type: 'codex' })).toEqual(['coder', 'far-coder', 'plain']);
  });

  it('finds a type that many are of', async () => {
    const workspace = newWorkspace();
    const many = Array.from({ length: 1_200 }, (_, at) => `agent-${String(at).padStart(4, '0')}`);
    await registry.add(
      workspace,
      many.map((name, at) => definitionOf(name, at % 1_100 === 1_099 ? {} : { type: 'codex' })),
    );
    expect(await namesIn(workspace, { limit: 2, type: 'codex' })).toEqual(many.slice(0, 2));
    expect(await namesIn(workspace, { limit: 2, type: 'command' })).toEqual([many[1_099]]);
  });

  it('leaves instructions out', async () => {
    const workspace = newWorkspace();
    await registry.add(workspace, [definitionOf('a', { instructions: 'long' })]);
    expect((await registry.list(workspace, { limit: 1 }))[0]).not.toHaveProperty('instructions');
  });

  it('goes on where the page before ended, across workspaces', async () => {
    const [workspace, other, third] = [newWorkspace(), newWorkspace(), newWorkspace()];
    const tags = [workspace];
    const names = ['a', 'b', 'c', 'd', 'e'];
    for (const owner of [workspace, other, third]) {
      await registry.add(
        owner,
        names.map((name) => definitionOf(name, { shared: owner !== workspace && name !== 'c', tags })),
      );
    }
    const seen: string[] = [];
    for (let after: { workspace: string; name: string } | undefined; ;) {
      const page = await registry.list(workspace, { limit: 3, tag: workspace, ...(after && { after }) });
      if (page.length === 0) break;
      seen.push(...page.map((agent) => `${agent.name} ${agent.workspace}`));
      after = page.at(-1);
    }
    const expected = names.flatMap((name) =>
      [workspace, other, third]
        .filter((owner) => owner === workspace || name !== 'c')
        .map((owner) => `${name} ${owner}`),
    );
    expect(seen).toEqual(expected.sort());
  });
});

describe('workspaces', () => {
  it('see shared agents of others, and change only their own', async () => {
    const [workspace, other] = [newWorkspace(), newWorkspace()];
    const shared = { workspace: other, name: 'shared' };
    const tags = [other];
    await registry.add(other, [definitionOf('shared', { shared: true, tags }), definitionOf('private', { tags })]);
    expect(await namesIn(workspace, { limit: 10, tag: other })).toEqual(['shared']);
    expect(await registry.find(workspace, shared)).toMatchObject(shared);
    const notFound = { code: 'AGENT_NOT_FOUND' };
    await expect(registry.find(workspace, { workspace: other, name: 'private' })).rejects.toMatchObject(notFound);
    // Not even as a suggestion.
    await expect(registry.find(workspace, { workspace: other, name: 'privat' })).rejects.toMatchObject({
      message: expect.not.stringContaining('"private"'),
    });
    await expect(registry.replace(workspace, [definitionOf('shared')])).rejects.toMatchObject(notFound);
    await expect(registry.remove({ workspace, name: 'shared' })).rejects.toMatchObject(notFound);
    await registry.add(workspace, [definitionOf('shared')]);
  });
});
