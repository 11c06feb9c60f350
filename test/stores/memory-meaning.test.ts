import type { AgentMemoryStore } from '../../src/contracts/ports/agent-memories';
import type { TextEmbedder } from '../../src/contracts/ports/text-embedder';
import { memoryOwner } from '../../src/domain/memory/memory';
import type { MemoryOwner } from '../../src/domain/memory/memory';
import { createAgentMemoryStore } from '../../src/stores/agent-memories';
import { createAgentRegistry } from '../../src/stores/agents';
import { createMemoryMeaning } from '../../src/stores/memory-meaning';
import { definitionOf } from '../helpers/agent-definitions';
import { openTestStores } from './test-stores';
import type { TestStores } from './test-stores';

let stores: TestStores;
let owner: MemoryOwner;
let workspaces = 0;

beforeAll(async () => (stores = await openTestStores()));
afterAll(() => stores.close());
beforeEach(async () => {
  const workspace = `workspace-${(workspaces += 1)}`;
  await createAgentRegistry(stores.pool).add(workspace, [definitionOf('ada')]);
  owner = memoryOwner(workspace, { workspace, name: 'ada' });
});

/** Knows what two subjects are called; what belongs to neither points elsewhere. */
const subjects = [/car|vehicle|automobile/i, /invoice|bill/i];
const vectorOf = (text: string): number[] => {
  const parts = subjects.map((subject) => (subject.test(text) ? 3 : 0));
  return [...parts, parts.some((part) => part > 0) ? 0 : 1];
};

interface Fake extends TextEmbedder {
  asked: (readonly string[])[];
}

const embedderOf = (model = 'm', embed = vectorOf): Fake => {
  const asked: (readonly string[])[] = [];
  return { model, asked, embed: async (texts) => (asked.push(texts), texts.map(embed)) };
};

const storeWith = (embedder: TextEmbedder, onError: (error: unknown) => void = () => undefined): AgentMemoryStore =>
  createAgentMemoryStore(stores.pool, {
    meaning: createMemoryMeaning(stores.pool, { embedder, minSimilarity: 0.3 }),
    onError,
  });

const tell = async (...texts: string[]): Promise<void> => {
  for (const text of texts) await createAgentMemoryStore(stores.pool).add(owner, { kind: 'fact', text });
};

const textsOf = (memories: readonly { text: string }[]): string[] => memories.map(({ text }) => text);

it('finds what means the same in other words, after what has the words as well', async () => {
  await tell('Vehicles are parked outside.', 'The bill comes monthly.', 'A car needs fuel.', 'The wall is green.');
  const { memories, searchedBy } = await storeWith(embedderOf()).search(owner, 'car', 10);
  expect(textsOf(memories)).toEqual(['A car needs fuel.', 'Vehicles are parked outside.']);
  expect(searchedBy).toBe('words-and-meaning');
  expect(textsOf((await createAgentMemoryStore(stores.pool).search(owner, 'car', 10)).memories)).toEqual([
    'A car needs fuel.',
  ]);
});

it('gives a prompt what means the same, and counts it as recalled', async () => {
  await tell('Vehicles are parked outside.', 'The wall is green.');
  const memories = storeWith(embedderOf());
  expect(await memories.recall(owner, 'Wash my automobile', 5)).toMatchObject([
    { text: 'Vehicles are parked outside.', recalled: 1 },
  ]);
  expect(await memories.recall(owner, 'Paint the kitchen', 5)).toEqual([expect.objectContaining({ recalled: 1 })]);
  expect(await memories.recall(owner, 'Send the invoice', 5)).toEqual([]);
});

it('makes the vectors of an agent once, and anew for another model', async () => {
  await tell('A car needs fuel.', 'The wall is green.');
  const [first, other] = [embedderOf(), embedderOf('other', (text) => [...vectorOf(text), 0])];
  await storeWith(first).search(owner, 'vehicle', 5);
  await tell('An automobile is a vehicle.');
  await storeWith(first).search(owner, 'bill', 5);
  expect(first.asked).toEqual([
    ['vehicle', 'The wall is green.', 'A car needs fuel.'],
    ['bill', 'An automobile is a vehicle.'],
  ]);
  expect(textsOf((await storeWith(other).search(owner, 'vehicle', 5)).memories).sort()).toEqual([
    'A car needs fuel.',
    'An automobile is a vehicle.',
  ]);
  expect(other.asked[0]).toHaveLength(4);
});

it('holds the vectors that it has read, and reads those that are new', async () => {
  await tell('A car needs fuel.', 'The bill comes monthly.');
  const memories = storeWith(embedderOf());
  await memories.search(owner, 'vehicle', 5);
  // Whoever read them again would find nothing.
  await stores.pool.query(`UPDATE memory_embeddings SET embedding = '\\x00' WHERE workspace = $1`, [owner.workspace]);
  await tell('An automobile is a vehicle.');
  expect(textsOf((await memories.search(owner, 'automobile', 5)).memories)).toEqual([
    'An automobile is a vehicle.',
    'A car needs fuel.',
  ]);
  expect(textsOf((await storeWith(embedderOf()).search(owner, 'automobile', 5)).memories)).toEqual([
    'An automobile is a vehicle.',
  ]);
});

it('finds nothing by a vector that it holds once the memory was forgotten by another process', async () => {
  await tell('Vehicles are parked outside.', 'A car needs fuel.');
  const embedder = embedderOf();
  const meaning = createMemoryMeaning(stores.pool, { embedder, minSimilarity: 0.3 });
  const before = await meaning.nearest(owner, 'automobile');
  expect(before).toHaveLength(2);
  await createAgentMemoryStore(stores.pool).forget(owner, before.slice(0, 1));
  expect(await meaning.nearest(owner, 'automobile')).toEqual(before.slice(1));
});

it('embeds 64 at once, the newest first, and the others with the next searches', async () => {
  await tell(...Array.from({ length: 70 }, (_, at) => `Note ${at}`));
  const embedder = embedderOf();
  await storeWith(embedder).search(owner, 'car', 5);
  await storeWith(embedder).search(owner, 'car', 5);
  await storeWith(embedder).search(owner, 'car', 5);
  expect(embedder.asked.map(({ length }) => length)).toEqual([65, 7, 1]);
  expect(embedder.asked[0]?.[1]).toBe('Note 69');
});

it('answers by words where the embedder is down, and says so', async () => {
  await tell('A car needs fuel.', 'Vehicles are parked outside.');
  const errors: unknown[] = [];
  const down: TextEmbedder = { model: 'm', embed: () => Promise.reject(new Error('it is away')) };
  const memories = storeWith(down, (error) => errors.push(error));
  expect(await memories.search(owner, 'car', 5)).toMatchObject({
    memories: [{ text: 'A car needs fuel.' }],
    searchedBy: 'words',
    problem: 'it is away',
  });
  expect(textsOf(await memories.recall(owner, 'Wash my car', 5))).toEqual(['A car needs fuel.']);
  expect(errors).toEqual([new Error('it is away')]);
});

it('lets who writes operators have the words', async () => {
  await tell('A car needs fuel.', 'Vehicles are parked outside.');
  const embedder = embedderOf();
  for (const query of ['car -fuel', '"a car"', 'car or wall']) {
    expect(await storeWith(embedder).search(owner, query, 5)).toMatchObject({ searchedBy: 'words' });
  }
  expect(embedder.asked).toEqual([]);
});

it('keeps agents and workspaces apart, and nothing of what was forgotten', async () => {
  await tell('A car needs fuel.');
  await storeWith(embedderOf()).search(owner, 'vehicle', 5);
  const stranger = { workspace: 'elsewhere', agent: owner.agent };
  expect((await storeWith(embedderOf()).search(stranger, 'vehicle', 5)).memories).toEqual([]);
  await createAgentMemoryStore(stores.pool).forgetAll(owner);
  const { rowCount } = await stores.pool.query('SELECT FROM memory_embeddings WHERE workspace = $1', [owner.workspace]);
  expect(rowCount).toBe(0);
});
