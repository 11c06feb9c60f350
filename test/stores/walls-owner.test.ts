import { randomBytes } from 'node:crypto';
import { Client } from 'pg';
import { prepareDatabase } from '../../src/main/prepare-database';
import { createPool } from '../../src/stores/pool';
import { inWorkspace } from '../../src/stores/scope';
import { openTestStores } from './test-stores';
import type { TestStores } from './test-stores';

/** Roles belong to the server, which other tests use as well. */
const suffix = randomBytes(4).toString('hex');
const database = `owned_${suffix}`;
let stores: TestStores;

const urlOf = (user: string): string =>
  Object.assign(new URL(stores.databaseUrl), {
    username: user,
    password: 'secret',
    pathname: `/${database}`,
  }).toString();
const [owner, program, stranger] = ['owner', 'program', 'stranger'].map((name) => `${name}_${suffix}`) as [
  string,
  string,
  string,
];

async function as<T>(user: string, work: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({ connectionString: urlOf(user) });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

beforeAll(async () => {
  stores = await openTestStores();
  for (const statement of [
    `CREATE ROLE ${owner} LOGIN PASSWORD 'secret' IN ROLE orchestra_app, orchestra_engine`,
    `CREATE ROLE ${program} LOGIN NOINHERIT PASSWORD 'secret' IN ROLE orchestra_app, orchestra_engine`,
    `CREATE ROLE ${stranger} LOGIN PASSWORD 'secret'`,
    `CREATE DATABASE ${database} OWNER ${owner}`,
  ])
    await stores.pool.query(statement);
});
afterAll(async () => {
  await stores.pool.query(`DROP DATABASE ${database} WITH (FORCE)`);
  await stores.pool.query(`DROP ROLE ${owner}, ${program}, ${stranger}`);
  await stores.close();
});

it('says what is missing where the user of the program cannot make the tables', async () => {
  await expect(prepareDatabase(urlOf(program))).rejects.toMatchObject({
    code: 'SERVER_UNAVAILABLE',
    message: expect.stringContaining('ORCHESTRA_DATABASE_OWNER_URL'),
  });
});

it('is set up by an owner who is no superuser, and used by somebody else, who needs the owner no more', async () => {
  await prepareDatabase(urlOf(program), urlOf(owner));
  await prepareDatabase(urlOf(program));
  const pool = createPool(urlOf(program), { maxConnections: 1 });
  await inWorkspace(pool, 'a').query(`INSERT INTO workspace_settings (workspace) VALUES ('a')`);
  await inWorkspace(pool, 'b').query(`INSERT INTO workspace_settings (workspace) VALUES ('b')`);
  expect((await inWorkspace(pool, 'a').query('SELECT workspace FROM workspace_settings')).rows).toEqual([
    { workspace: 'a' },
  ]);
  await pool.end();
});

it('lets triggers reach the room of an agent that is shared, and nobody else', async () => {
  const pool = createPool(urlOf(program), { maxConnections: 1 });
  await inWorkspace(pool, 'a').query(
    `WITH added AS (INSERT INTO agents (workspace, name, definition, shared) VALUES ('a', 'ada', '{}', true))
     INSERT INTO agent_room (workspace, agent, max_concurrent) VALUES ('a', 'ada', 3)`,
  );
  await inWorkspace(pool, 'b').query(
    `INSERT INTO leases (workspace, session, run, attempt, agent, agent_workspace, expires_at) VALUES ('b', 's', 'r', 1, 'ada', 'a', now())`,
  );
  const { rows } = await inWorkspace(pool, 'a').query('SELECT running FROM agent_room');
  expect(rows).toEqual([{ running: 1 }]);
  expect((await inWorkspace(pool, 'a').query('SELECT FROM leases')).rowCount).toBe(0);
  await pool.end();
});

it('shows the owner all rows, so that migrations can change them, and the user of the program none before it has a role', async () => {
  expect(await as(owner, async (client) => (await client.query('SELECT FROM workspace_settings')).rowCount)).toBe(2);
  await expect(as(program, (client) => client.query('SELECT FROM workspace_settings'))).rejects.toMatchObject({
    code: '42501',
  });
});

it('refuses a user who is no member of the roles, and says what to do', async () => {
  await expect(prepareDatabase(urlOf(stranger))).rejects.toMatchObject({
    code: 'SERVER_UNAVAILABLE',
    message: expect.stringContaining(`GRANT orchestra_app, orchestra_engine TO "${stranger}"`),
  });
  const pool = createPool(urlOf(stranger), { maxConnections: 1 });
  await expect(pool.query('SELECT 1')).rejects.toThrow(/permission denied to set role/);
  await pool.end();
});
