import type { AgentMemoryStore } from '../../src/contracts/ports/agent-memories';
import { memoryOwner } from '../../src/domain/memory/memory';
import type { Memory, MemoryOwner } from '../../src/domain/memory/memory';
import { createAgentMemoryStore } from '../../src/stores/agent-memories';
import { createAgentRegistry } from '../../src/stores/agents';
import { createSettingsStore } from '../../src/stores/settings';
import { definitionOf } from '../helpers/agent-definitions';
import { openTestStores } from './test-stores';
import type { TestStores } from './test-stores';

let stores: TestStores;
let memories: AgentMemoryStore;
let workspace: string;
let workspaces = 0;

beforeAll(async () => {
  stores = await openTestStores();
  memories = createAgentMemoryStore(stores.pool);
});
afterAll(() => stores.close());
beforeEach(() => (workspace = `workspace-${(workspaces += 1)}`));

async function register(name: string, parts: Parameters<typeof definitionOf>[1] = {}): Promise<MemoryOwner> {
  await createAgentRegistry(stores.pool).add(workspace, [definitionOf(name, parts)]);
  return memoryOwner(workspace, { workspace, name });
}

const tell = (owner: MemoryOwner, text: string): Promise<Memory> => memories.add(owner, { kind: 'fact', text });
const set = (options: object) => createSettingsStore(stores.pool).change(workspace, { set: { ...options }, unset: [] });
const textsOf = (found: readonly Memory[]): string[] => found.map(({ text }) => text);
const all = async (owner: MemoryOwner): Promise<string[]> => textsOf(await memories.list(owner, 1_000));
/** Makes everything that is known by now so much older. */
const age = (owner: MemoryOwner, days: number) =>
  stores.pool.query(
    `UPDATE agent_memories SET created_at = created_at - make_interval(days => $2), recalled_at = recalled_at - make_interval(days => $2)
     WHERE workspace = $1`,
    [owner.workspace, days],
  );

describe('what an agent is told', () => {
  it('is there in later sessions, newest first, and once', async () => {
    const owner = await register('ada');
    const first = await memories.add(owner, { kind: 'experience', text: '  Tests fail without TZ.\n' });
    expect(first).toEqual({
      id: expect.stringMatching(/^[0-9a-f]{12}$/),
      kind: 'experience',
      text: 'Tests fail without TZ.',
      createdAt: expect.any(Number),
      recalled: 0,
      recalledAt: null,
    });
    await age(owner, 2);
    await tell(owner, 'The style guide is docs/style.md.');
    expect(await all(owner)).toEqual(['The style guide is docs/style.md.', 'Tests fail without TZ.']);
    await age(owner, 2);
    const again = await memories.add(owner, { kind: 'experience', text: 'Tests fail without TZ.' });
    expect(again.id).toBe(first.id);
    expect(await all(owner)).toEqual(['Tests fail without TZ.', 'The style guide is docs/style.md.']);
  });

  it('is of one workspace, one agent, and all hosts of that', async () => {
    const owner = await register('ada', { shared: true });
    const bob = await register('bob');
    await register('ada@attic');
    await tell(memoryOwner(workspace, { workspace, name: 'ada@attic' }), 'known');
    const guest = memoryOwner(`${workspace}-guest`, { workspace, name: 'ada' });
    await tell(guest, 'only for the guest');
    expect([await all(owner), await all(guest), await all(bob)]).toEqual([['known'], ['only for the guest'], []]);
  });

  it.each([
    ['nothing', ' \n', 'its text is empty'],
    ['too much', 'x'.repeat(2_001), 'its text has 2001 characters, at most 2000 are allowed'],
  ])('is refused where it is %s', async (_, text, message) => {
    const owner = await register('ada');
    await expect(tell(owner, text)).rejects.toMatchObject({
      code: 'MEMORY_INVALID',
      message: expect.stringContaining(message) as string,
    });
    expect(await all(owner)).toEqual([]);
  });

  it('is refused for agents that the workspace does not see', async () => {
    const owner = await register('ada');
    const [nobody, stranger] = [
      memoryOwner(workspace, { workspace, name: 'adda' }),
      memoryOwner('elsewhere', owner.agent),
    ];
    await expect(tell(nobody, 'x')).rejects.toMatchObject({ code: 'AGENT_NOT_FOUND' });
    await expect(tell(stranger, 'x')).rejects.toMatchObject({ code: 'AGENT_NOT_FOUND' });
  });

  it('takes what PostgreSQL does not', async () => {
    const owner = await register('ada');
    await tell(owner, 'nul \0 half \ud800');
    expect(await all(owner)).toEqual(['nul \ufffd half \ufffd']);
  });
});

describe('what is looked for', () => {
  it('is found by words in their forms, best first', async () => {
    const owner = await register('ada');
    await tell(owner, 'The tests of the parser need a long time.');
    await tell(owner, 'Parsers: the parser was written by hand; parsing is fast.');
    await tell(owner, 'The deployment asks for a token.');
    const found = async (query: string) => textsOf((await memories.search(owner, query, 10)).memories);
    expect(await found('parsers')).toEqual([
      'Parsers: the parser was written by hand; parsing is fast.',
      'The tests of the parser need a long time.',
    ]);
    expect(await found('parser test')).toEqual(['The tests of the parser need a long time.']);
    expect(await found('deployment or "long time"')).toHaveLength(2);
    expect(await found('parser -fast')).toEqual(['The tests of the parser need a long time.']);
    expect(await found(`' & | ! \\`)).toEqual([]);
    expect((await memories.list(owner, 10)).map(({ recalled }) => recalled)).toEqual([0, 0, 0]);
  });

  it('for a prompt is what has most to do with it, and counts as recalled', async () => {
    const owner = await register('ada');
    await tell(owner, 'Invoices are numbered by year.');
    await tell(owner, 'Invoices of customers in Norway have no tax number.');
    await tell(owner, 'The kitchen is painted green.');
    const prompt = `Write the invoice for our customer in Norway: it's \\ 'urgent' & due.`;
    expect(textsOf(await memories.recall(owner, prompt, 5))).toEqual([
      'Invoices of customers in Norway have no tax number.',
      'Invoices are numbered by year.',
    ]);
    expect(textsOf(await memories.recall(owner, prompt, 1))).toEqual([
      'Invoices of customers in Norway have no tax number.',
    ]);
    expect(await memories.recall(owner, 'the and of', 5)).toEqual([]);
    const recalled = await memories.list(owner, 10);
    expect(recalled.map(({ text, recalled: times }) => `${text.slice(0, 8)} ${times}`)).toEqual([
      'The kitc 0',
      'Invoices 2',
      'Invoices 1',
    ]);
  });
});

describe('what is too much or too old', () => {
  it('is dropped, the first of it what was neither told nor recalled for longest', async () => {
    const owner = await register('ada');
    await set({ 'memory.maxPerAgent': 2 });
    await tell(owner, 'apples are red');
    await age(owner, 1);
    await tell(owner, 'bananas are yellow');
    await age(owner, 1);
    await memories.recall(owner, 'apples', 1);
    await tell(owner, 'cherries are black');
    expect(await all(owner)).toEqual(['cherries are black', 'apples are red']);
  });

  it('is never more than is allowed, however many tell at once', async () => {
    const owner = await register('ada');
    await set({ 'memory.maxPerAgent': 5 });
    await Promise.all(Array.from({ length: 30 }, (_, at) => tell(owner, `fact ${at}`)));
    expect(await all(owner)).toHaveLength(5);
  });

  it('is deleted when its workspace keeps it no longer', async () => {
    const [owner, first] = [await register('ada'), workspace];
    await set({ 'memory.days': 7 });
    await tell(owner, 'old');
    await age(owner, 8);
    await tell(owner, 'new');
    workspace = `${workspace}-patient`;
    const patient = await register('ada');
    await tell(patient, 'too old for any');
    await age(patient, 91);
    await tell(patient, 'old');
    await age(patient, 8);
    await memories.deleteExpired();
    expect([await all(owner), await all(patient)]).toEqual([['new'], ['old']]);
    expect(first).not.toBe(workspace);
  });
});

describe('forgetting', () => {
  it('is of all that are named, or of none', async () => {
    const owner = await register('ada');
    const [a, b] = [await tell(owner, 'a1'), await tell(owner, 'b1')];
    await expect(memories.forget(owner, [a.id, 'feedc0ffee00'])).rejects.toMatchObject({
      code: 'MEMORY_NOT_FOUND',
      message: expect.stringContaining('has no memory "feedc0ffee00"') as string,
    });
    expect(await all(owner)).toHaveLength(2);
    await memories.forget(owner, [b.id]);
    expect(await all(owner)).toEqual(['a1']);
    expect(await memories.forgetAll(owner)).toBe(1);
  });

  it('comes with the removal of the agent from the registry, on its last host', async () => {
    const registry = createAgentRegistry(stores.pool);
    const [owner, bob] = [await register('ada'), await register('bob')];
    await register('ada@attic');
    await tell(owner, 'a1');
    await tell(bob, 'b1');
    await registry.remove({ workspace, name: 'ada' });
    expect(await all(owner)).toEqual(['a1']);
    await registry.remove({ workspace, name: 'ada@attic' });
    expect([await all(owner), await all(bob)]).toEqual([[], ['b1']]);
  });
});

it('goes on while agents are told, recall and forget at once', async () => {
  const owner = await register('ada');
  await set({ 'memory.maxPerAgent': 10 });
  const busy = Array.from({ length: 60 }, (_, at) => [
    tell(owner, `fact about apples ${at % 15}`),
    memories.recall(owner, 'apples', 8),
    memories.deleteExpired(),
  ]);
  await Promise.all(busy.flat());
  expect(await all(owner)).toHaveLength(10);
});
