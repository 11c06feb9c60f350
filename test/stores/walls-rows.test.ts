import type { PoolClient } from 'pg';
import { createPool } from '../../src/stores/pool';
import { openTestStores } from './test-stores';
import type { TestStores } from './test-stores';

let stores: TestStores;
let tables: string[];

interface Column {
  name: string;
  type: string;
}

const dummies: Record<string, string> = {
  text: `'x'`,
  json: `'{}'`,
  jsonb: `'{}'`,
  bytea: `'x'`,
  boolean: 'false',
  'timestamp with time zone': 'now()',
  'text[]': `'{}'`,
  tsvector: `''`,
};

/** A statement that adds a row of the workspace to the table, whatever its columns are. */
async function insertInto(table: string, workspace: string): Promise<string> {
  const { rows } = await stores.pool.query<Column>(
    `SELECT attname AS name, format_type(atttypid, NULL) AS type FROM pg_attribute
     WHERE attrelid = $1::regclass AND attnum > 0 AND NOT attisdropped AND attidentity = '' AND attgenerated = '' ORDER BY attnum`,
    [table],
  );
  const values = rows.map(({ name, type }) => (/workspace$/.test(name) ? `'${workspace}'` : (dummies[type] ?? '1')));
  return `INSERT INTO ${table} (${rows.map(({ name }) => `"${name}"`).join(', ')}) VALUES (${values.join(', ')})`;
}

beforeAll(async () => {
  stores = await openTestStores();
  const { rows } = await stores.pool.query<{ name: string }>(
    `SELECT c.relname AS name FROM pg_class AS c JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attname = 'workspace'
     WHERE c.relkind IN ('r', 'p') AND c.relnamespace = 'public'::regnamespace ORDER BY 1`,
  );
  tables = rows.map(({ name }) => name);
  // Any value will do for a row that must not be seen: what the rows mean is checked elsewhere.
  const { rows: checks } = await stores.pool.query<{ drop: string }>(
    `SELECT format('ALTER TABLE %s DROP CONSTRAINT %I', conrelid::regclass, conname) AS drop FROM pg_constraint
     WHERE contype = 'c' AND connamespace = 'public'::regnamespace`,
  );
  for (const { drop } of checks) await stores.pool.query(drop);
  const client = await stores.pool.connect();
  await client.query(`SET session_replication_role = replica`);
  for (const table of tables) {
    for (const workspace of ['ours', 'theirs']) await client.query(await insertInto(table, workspace));
  }
  client.release(true);
});
afterAll(() => stores.close());

/** Undone afterwards, whatever it was. */
async function asApplication<T>(workspace: string | null, work: (client: PoolClient) => Promise<T>): Promise<T> {
  const client = await stores.pool.connect();
  try {
    await client.query('BEGIN');
    await client.query('SET LOCAL ROLE orchestra_app');
    if (workspace !== null) await client.query(`SELECT set_config('orchestra.workspace', $1, true)`, [workspace]);
    return await work(client);
  } finally {
    await client.query('ROLLBACK');
    client.release();
  }
}

/** By the policies, or because nobody may do such a thing to the table at all. */
const refused = {
  code: '42501',
  message: expect.stringMatching(/row-level security|permission denied for table audit_|audit log is append-only/),
};

/** How many rows a change touches; none, where nobody may change the table. */
async function changedBy(client: PoolClient, statement: string): Promise<number | null> {
  await client.query('SAVEPOINT before');
  try {
    return (await client.query(statement)).rowCount;
  } catch (error) {
    await client.query('ROLLBACK TO before');
    expect(faultOf(error)).toEqual({
      code: '42501',
      message: expect.stringMatching(/^permission denied for table audit_|audit log is append-only/),
    });
    return 0;
  }
}

it('knows all tables', () => expect(tables.length).toBeGreaterThan(50));

it('shows a workspace its own rows of every table, and none of another', async () => {
  await asApplication('ours', async (client) => {
    for (const table of tables) {
      const { rows } = await client.query<{ workspace: string }>(`SELECT workspace FROM ${table}`);
      expect([table, ...new Set(rows.map(({ workspace }) => workspace))]).toEqual([table, 'ours']);
      const { rowCount } = await client.query(`SELECT FROM ${table} WHERE workspace = 'theirs'`);
      expect([table, rowCount]).toEqual([table, 0]);
    }
    const { rows } = await client.query('SELECT DISTINCT workspace FROM workspace_limits');
    expect(rows).toEqual([{ workspace: 'ours' }]);
  });
});

it('lets it change and delete none of another in any table', async () => {
  await asApplication('ours', async (client) => {
    for (const table of tables) {
      const changed = await changedBy(client, `UPDATE ${table} SET workspace = 'ours' WHERE workspace = 'theirs'`);
      const deleted = await changedBy(client, `DELETE FROM ${table} WHERE workspace = 'theirs'`);
      expect([table, changed, deleted]).toEqual([table, 0, 0]);
    }
  });
});

it('lets it put none into another, nor give one away, in any table', async () => {
  for (const table of tables) {
    const insert = await insertInto(table, 'theirs');
    expect([table, await asApplication('ours', (client) => client.query(insert)).catch(faultOf)]).toEqual([
      table,
      refused,
    ]);
    const give = `UPDATE ${table} SET workspace = 'theirs' WHERE workspace = 'ours'`;
    expect([table, await asApplication('ours', (client) => client.query(give)).catch(faultOf)]).toEqual([
      table,
      refused,
    ]);
  }
});

it.each([
  ['is not said', null],
  ['is empty', ''],
  ['is unknown', 'nobody'],
])('shows nothing, and takes nothing, where the workspace %s', async (_, workspace) => {
  for (const table of tables) {
    const seen = await asApplication(workspace, async (client) => [
      (await client.query(`SELECT FROM ${table}`)).rowCount,
      await changedBy(client, `UPDATE ${table} SET workspace = workspace`),
      await changedBy(client, `DELETE FROM ${table}`),
    ]);
    expect([table, ...seen]).toEqual([table, 0, 0, 0]);
    const insert = await insertInto(table, 'ours');
    expect([table, await asApplication(workspace, (client) => client.query(insert)).catch(faultOf)]).toEqual([
      table,
      refused,
    ]);
  }
});

it('does not let itself be switched off', async () => {
  await asApplication('ours', async (client) => {
    // Then PostgreSQL refuses what it would have to filter.
    await client.query('SET LOCAL row_security = off');
    await expect(client.query('SELECT FROM sessions')).rejects.toMatchObject({ code: '42501' });
  });
  for (const statement of [
    'ALTER TABLE sessions DISABLE ROW LEVEL SECURITY',
    'DROP POLICY own_workspace ON sessions',
    'CREATE POLICY mine ON sessions USING (true)',
    'TRUNCATE sessions',
    'CREATE TABLE copies (id int)',
    `SELECT orchestra_protect('sessions')`,
    'DELETE FROM orchestra_migrations',
  ]) {
    expect([statement, await asApplication('ours', (client) => client.query(statement)).catch(faultOf)]).toEqual([
      statement,
      { code: '42501', message: expect.any(String) },
    ]);
  }
});

it('shows another workspace of an agent that is shared what it is and its room, and nothing else', async () => {
  await stores.pool.query(`UPDATE agents SET shared = true WHERE workspace = 'theirs'`);
  await asApplication('ours', async (client) => {
    const seen: string[] = [];
    for (const table of tables) {
      const { rowCount } = await client.query(`SELECT FROM ${table} WHERE workspace = 'theirs'`);
      if (rowCount !== 0) seen.push(table);
    }
    expect(seen).toEqual(['agent_room', 'agents']);
    expect((await client.query(`UPDATE agents SET definition = '{}' WHERE workspace = 'theirs'`)).rowCount).toBe(0);
    expect((await client.query(`DELETE FROM agents WHERE workspace = 'theirs'`)).rowCount).toBe(0);
    expect((await client.query(`DELETE FROM agent_room WHERE workspace = 'theirs'`)).rowCount).toBe(0);
  });
  await stores.pool.query(`UPDATE agents SET shared = false WHERE workspace = 'theirs'`);
});

it('begins every connection of the program in no workspace, without the rights of who connects', async () => {
  const pool = createPool(stores.databaseUrl, { maxConnections: 1 });
  const { rows } = await pool.query('SELECT current_user AS "user", orchestra_workspace() AS workspace');
  expect(rows).toEqual([{ user: 'orchestra_app', workspace: null }]);
  expect((await pool.query('SELECT FROM sessions')).rowCount).toBe(0);
  await pool.query('RESET ROLE');
  expect((await pool.query('SELECT FROM sessions')).rowCount).toBe(0);
  await pool.end();
});

function faultOf(error: unknown): object {
  const { code, message } = error as { code?: string; message: string };
  return { code, message };
}
