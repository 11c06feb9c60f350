import { Client } from 'pg';
import { migrate } from '../../src/stores/migrate';
import { createTestDatabase } from './test-stores';

let database: Awaited<ReturnType<typeof createTestDatabase>>;
let client: Client;

beforeAll(async () => {
  database = await createTestDatabase();
  client = new Client({ connectionString: database.url });
  await client.connect();
});
afterAll(async () => {
  await client.end();
  await database.drop();
});

it('is applied once by processes that start together, and never again', async () => {
  const applied = await Promise.all([migrate(database.url), migrate(database.url), migrate(database.url)]);
  expect(applied.flat().filter((name) => name.startsWith('0001'))).toHaveLength(1);
  expect(await migrate(database.url)).toEqual([]);
});

it('leaves no connection behind', async () => {
  await migrate(database.url);
  const { rows } = await client.query(
    `SELECT query FROM pg_stat_activity WHERE datname = current_database() AND backend_type = 'client backend' AND pid <> pg_backend_pid()`,
  );
  expect(rows).toEqual([]);
});

it('gives every table its workspace, and begins every key with it', async () => {
  await migrate(database.url);
  const { rows } = await client.query<{ table: string; has_workspace: boolean; keys: string[] }>(`
    SELECT c.relname AS table,
           EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = 'workspace' AND a.attnotnull) AS has_workspace,
           array_agg((SELECT attname FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum = i.indkey[0])::text) AS keys
    FROM pg_class c JOIN pg_index i ON i.indrelid = c.oid AND i.indisunique
    WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace AND c.relname <> 'orchestra_migrations'
    GROUP BY c.oid, c.relname ORDER BY 1`);
  expect(rows.map(({ table }) => table)).toContain('sessions');
  expect(rows.filter(({ has_workspace }) => !has_workspace)).toEqual([]);
  // A surrogate key beside the natural one is fine.
  expect(rows.filter(({ keys }) => !keys.includes('workspace'))).toEqual([]);
  expect(rows.filter(({ table, keys }) => table !== 'ledger' && keys.some((key) => key !== 'workspace'))).toEqual([]);
});
