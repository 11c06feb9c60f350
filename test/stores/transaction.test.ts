import { inTransaction } from '../../src/stores/transaction';
import type { Scope } from '../../src/stores/scope';
import { openTestStores } from './test-stores';
import type { TestStores } from './test-stores';

let stores: TestStores;

/** What the table is of is no matter here. */
let scope: Scope;

beforeAll(async () => {
  stores = await openTestStores();
  await stores.pool.query('CREATE TABLE notes (id int PRIMARY KEY, text text NOT NULL)');
  scope = {
    pool: stores.pool,
    opening: 'BEGIN',
    query: (...statement) => stores.pool.query(...(statement as [string])),
  };
});
afterAll(() => stores.close());
beforeEach(() => stores.pool.query('TRUNCATE notes'));

const insert = (id: number, text: string | null = 'note') => ({
  text: 'INSERT INTO notes VALUES ($1, $2)',
  values: [id, text],
});
const ids = async (): Promise<number[]> =>
  (await stores.pool.query<{ id: number }>('SELECT id FROM notes ORDER BY id')).rows.map(({ id }) => id);

it('commits the work and its writes together', async () => {
  const result = await inTransaction(scope, async (client) => {
    await client.query(insert(1));
    expect(await ids()).toEqual([]);
    return { result: 'done', writes: [insert(2), insert(3)] };
  });
  expect(result).toBe('done');
  expect(await ids()).toEqual([1, 2, 3]);
});

it('commits nothing where one of the writes fails, and tells its error', async () => {
  const work = inTransaction(scope, async (client) => {
    await client.query(insert(1));
    return { result: 'done', writes: [insert(2), insert(3, null), insert(4)] };
  });
  await expect(work).rejects.toThrow(/null value in column "text"/);
  expect(await ids()).toEqual([]);
});

it('commits nothing where the work throws, and can be used again', async () => {
  const work = inTransaction(scope, async (client) => {
    await client.query(insert(1));
    throw new Error('changed its mind');
  });
  await expect(work).rejects.toThrow('changed its mind');
  await inTransaction(scope, () => Promise.resolve({ result: undefined, writes: [insert(5)] }));
  expect(await ids()).toEqual([5]);
});

it('passes on that its connection broke, and takes another one', async () => {
  const work = inTransaction(scope, async (client) => {
    await client.query(insert(1));
    await client.query('SELECT pg_terminate_backend(pg_backend_pid())');
    return { result: 'never', writes: [insert(2)] };
  });
  await expect(work).rejects.toThrow();
  expect(await ids()).toEqual([]);
});
