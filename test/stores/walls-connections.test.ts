import type { Pool } from 'pg';
import { createPool } from '../../src/stores/pool';
import { acrossWorkspaces, inWorkspace, lookingAcross } from '../../src/stores/scope';
import { inTransaction } from '../../src/stores/transaction';
import { countRoundTrips } from './count-round-trips';
import { openTestStores } from './test-stores';
import type { TestStores } from './test-stores';

let stores: TestStores;
/** Of one connection: whatever comes next gets the one that was used before. */
let pool: Pool;

beforeAll(async () => {
  stores = await openTestStores();
  pool = createPool(stores.databaseUrl, { maxConnections: 1 });
  await stores.pool.query(`INSERT INTO workspace_settings (workspace) VALUES ('a'), ('b')`);
});
afterAll(async () => {
  await pool.end();
  await stores.close();
});

const all = 'SELECT workspace FROM workspace_settings ORDER BY 1';
const seenBy = async (workspace: string): Promise<string[]> =>
  (await inWorkspace(pool, workspace).query<{ workspace: string }>(all)).rows.map((row) => row.workspace);
const processOf = async (): Promise<unknown> => (await pool.query('SELECT pg_backend_pid()')).rows[0];
const seenByNobody = async (): Promise<number | null> => (await pool.query(all)).rowCount;

it('serves one workspace after the other over one connection, and each its own', async () => {
  const first = await processOf();
  expect(await seenBy('a')).toEqual(['a']);
  expect(await seenBy('b')).toEqual(['b']);
  expect(await seenBy('a')).toEqual(['a']);
  expect(await seenByNobody()).toBe(0);
  expect(await processOf()).toEqual(first);
});

it('serves many at once', async () => {
  const seen = await Promise.all(Array.from({ length: 100 }, (_, nth) => seenBy(nth % 2 === 0 ? 'a' : 'b')));
  expect(seen).toEqual(Array.from({ length: 100 }, (_, nth) => [nth % 2 === 0 ? 'a' : 'b']));
});

it.each([
  ['a statement that is refused', (scope: ReturnType<typeof inWorkspace>) => scope.query('SELECT 1 / 0')],
  ['a statement that cannot be read', (scope: ReturnType<typeof inWorkspace>) => scope.query('SELEC')],
  [
    'a row of another workspace',
    (scope: ReturnType<typeof inWorkspace>) => scope.query(`INSERT INTO workspace_settings (workspace) VALUES ('c')`),
  ],
  [
    'a transaction that fails',
    (scope: ReturnType<typeof inWorkspace>) =>
      inTransaction(scope, async (client) => {
        await client.query(all);
        throw new Error('it fails');
      }),
  ],
  [
    'a transaction whose writes fail',
    (scope: ReturnType<typeof inWorkspace>) =>
      inTransaction(scope, () => Promise.resolve({ result: undefined, writes: [{ text: 'SELECT 1 / 0' }] })),
  ],
  [
    'a look at all workspaces that fails',
    (scope: ReturnType<typeof inWorkspace>) =>
      inTransaction(scope, async (client) => {
        await lookingAcross(client, 'routing').query('SELECT 1 / 0');
        return { result: undefined, writes: [] };
      }),
  ],
  [
    'a connection that breaks',
    (scope: ReturnType<typeof inWorkspace>) => scope.query('SELECT pg_terminate_backend(pg_backend_pid())'),
  ],
])('keeps nothing of a workspace after %s', async (_, fail) => {
  await expect(fail(inWorkspace(pool, 'a'))).rejects.toThrow();
  expect(await seenByNobody()).toBe(0);
  expect(await seenBy('b')).toEqual(['b']);
  const { rows } = await pool.query('SELECT current_user AS "user"');
  expect(rows).toEqual([{ user: 'orchestra_app' }]);
});

it('looks at all workspaces only where that is said, and for one statement within a transaction', async () => {
  expect((await acrossWorkspaces(pool, 'health').query(all)).rowCount).toBe(2);
  expect(await seenByNobody()).toBe(0);
  const seen = await inTransaction(inWorkspace(pool, 'a'), async (client) => {
    const counts = [(await lookingAcross(client, 'routing').query(all)).rowCount, (await client.query(all)).rowCount];
    return { result: counts, writes: [] };
  });
  expect(seen).toEqual([2, 1]);
});

it('takes a name of a workspace for nothing but a name', async () => {
  expect(await seenBy(`a'; RESET ROLE; SELECT '`)).toEqual([]);
  expect(await seenBy(`a\\'; SET ROLE orchestra_engine; --`)).toEqual([]);
  expect(await seenBy('')).toEqual([]);
  await expect(seenBy('a\0b')).rejects.toThrow();
  expect(await seenBy('b')).toEqual(['b']);
});

it('costs no round trip: a statement is one, a transaction begins with its first', async () => {
  const counted = await countRoundTrips(stores.databaseUrl);
  const own = createPool(counted.url, { maxConnections: 1 });
  await own.query('SELECT');
  expect(await counted.during(() => own.query('SELECT'))).toBe(1);
  expect(await counted.during(() => inWorkspace(own, 'a').query(all))).toBe(1);
  expect(await counted.during(() => acrossWorkspaces(own, 'health').query(all))).toBe(1);
  const work = inTransaction.bind(null, inWorkspace(own, 'a'), async (client) => {
    await client.query(all);
    await lookingAcross(client, 'routing').query(all);
    return { result: undefined, writes: [{ text: all }, { text: all }] };
  });
  // The first statement; the look; the writes with the COMMIT.
  expect(await counted.during(work)).toBe(3);
  await own.end();
  await counted.close();
});
