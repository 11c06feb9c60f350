import { readdirSync } from 'node:fs';
import { runner } from 'node-pg-migrate';
import { Client } from 'pg';
import { createAgentRegistry } from '../../src/stores/agents';
import { unitVector } from '../../src/domain/memory/unit-vector';
import { migrate } from '../../src/stores/migrate';
import { createPool } from '../../src/stores/pool';
import { vectorOf } from '../../src/stores/vector-bytes';
import { createTestDatabase } from '../helpers/servers/test-database';
import type { TestDatabase } from '../helpers/servers/test-database';

const directory = 'src/stores/migrations';

let database: TestDatabase;
let client: Client;

beforeAll(async () => {
  database = await createTestDatabase('empty');
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
  const { rows } = await client.query<{ table: string; has_workspace: boolean; keys: string[] }>(
    `
    SELECT c.relname AS table,
           EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = 'workspace' AND a.attnotnull) AS has_workspace,
           array_agg((SELECT attname FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum = i.indkey[0])::text) AS keys
    FROM pg_class c JOIN pg_index i ON i.indrelid = c.oid AND i.indisunique
    WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace AND c.relname <> ALL ($1)
    GROUP BY c.oid, c.relname ORDER BY 1`,
    // As walls-catalogue.test.ts says why.
    [['orchestra_migrations', 'request_limits']],
  );
  expect(rows.map(({ table }) => table)).toContain('sessions');
  expect(rows.filter(({ has_workspace }) => !has_workspace)).toEqual([]);
  // A surrogate key beside the natural one is fine.
  expect(rows.filter(({ keys }) => !keys.includes('workspace'))).toEqual([]);
  expect(rows.filter(({ table, keys }) => table !== 'ledger' && keys.some((key) => key !== 'workspace'))).toEqual([]);
});

it('lets agents and runs that wait for them keep what they had before agents had types', async () => {
  const older = await openOlderDatabase('0019');
  await older.client.query(
    `INSERT INTO agents (workspace, name, definition, shared)
     VALUES ('w', 'a', '{ "name": "a", "connector": { "connector": "http" }, "capabilities": [], "tags": [] }', false);
     INSERT INTO waiting_line (workspace, session, run, attempt, requirement_key, requirement, priority, remaining_ms, since, waits_for)
     VALUES ('w', 's', 'typed', 1, 'k', '{ "connector": "http", "tags": [] }', 3, 0, now(), ''),
            ('w', 's', 'other', 1, 'l', '{ "capability": "c", "tags": [] }', 3, 0, now(), '')`,
  );
  expect(await migrate(older.url)).toContain('0019_agent_types');
  const { rows: waiting } = await older.client.query('SELECT requirement FROM waiting_line ORDER BY run DESC');
  expect(waiting).toEqual([
    { requirement: { type: 'http', tags: [] } },
    { requirement: { capability: 'c', tags: [] } },
  ]);
  const pool = createPool(older.url, { maxConnections: 1 });
  const found = await createAgentRegistry(pool).list('w', { type: 'http', limit: 2 });
  expect(found.map(({ name }) => name)).toEqual(['a']);
  await pool.end();
  await older.close();
});

it('keeps the vectors of memories that were lists of numbers', async () => {
  const older = await openOlderDatabase('0039');
  const parts = [0.6, -0.8, 0];
  await older.client.query(
    `INSERT INTO agent_memories (workspace, agent_workspace, agent, id, kind, text) VALUES ('w', 'w', 'a', 'one', 'fact', 'It is so.')`,
  );
  await older.client.query(
    `INSERT INTO memory_embeddings (workspace, agent_workspace, agent, id, model, embedding) VALUES ('w', 'w', 'a', 'one', 'm', $1)`,
    [parts],
  );
  expect(await migrate(older.url)).toContain('0039_found_by_key');
  const { rows } = await older.client.query<{ embedding: Buffer }>('SELECT embedding FROM memory_embeddings');
  expect(vectorOf(rows[0]!.embedding)).toEqual(unitVector(parts));
  await older.close();
});

it('goes on with a database that later ones were applied to first, and comes to the same', async () => {
  await migrate(database.url);
  const older = await openDatabaseWith({ ignorePattern: '(0029|0039|0047).*' });
  expect(await migrate(older.url)).toEqual(['0029_events', '0039_found_by_key', '0047_walls_of_events']);
  expect(await migrate(older.url)).toEqual([]);
  expect(await accessIn(older.client)).toEqual(await accessIn(client));
  await older.close();
});

/** Which rows are seen, and who may do what: by policies, privileges and functions that run as somebody else. */
async function accessIn(inDatabase: Client): Promise<unknown[][]> {
  const statements = [
    `SELECT tablename, policyname, roles::text, cmd, qual, with_check FROM pg_policies WHERE schemaname = 'public' ORDER BY 1, 2`,
    `SELECT relname, relkind, relrowsecurity, relforcerowsecurity, array(SELECT item::text FROM unnest(relacl) AS item ORDER BY 1) AS privileges
     FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'v', 'S') ORDER BY 1`,
    `SELECT proname, prosecdef, pg_get_userbyid(proowner) AS owner FROM pg_proc WHERE pronamespace = 'public'::regnamespace ORDER BY 1, 2, 3`,
    `SELECT tgrelid::regclass::text AS table, tgname FROM pg_trigger WHERE NOT tgisinternal ORDER BY 1, 2`,
  ];
  const found: unknown[][] = [];
  for (const statement of statements) found.push((await inDatabase.query<object>(statement)).rows);
  return found;
}

/** One that has the migrations before this number. */
function openOlderDatabase(before: string): ReturnType<typeof openDatabaseWith> {
  return openDatabaseWith({ count: readdirSync(directory).filter((name) => name < before).length });
}

/** One that has some migrations. */
async function openDatabaseWith(
  some: { count: number } | { ignorePattern: string },
): Promise<{ url: string; client: Client; close(): Promise<void> }> {
  const older = await createTestDatabase('empty');
  const inOlder = new Client({ connectionString: older.url });
  await inOlder.connect();
  await runner({
    dbClient: inOlder,
    dir: directory,
    migrationsTable: 'orchestra_migrations',
    direction: 'up',
    log: () => undefined,
    ...some,
  });
  return {
    url: older.url,
    client: inOlder,
    close: async () => {
      await inOlder.end();
      await older.drop();
    },
  };
}
