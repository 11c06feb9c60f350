import { crossings } from '../../src/stores/crossings';
import { readFileSync, readdirSync } from 'node:fs';
import { openTestStores } from './test-stores';
import type { TestStores } from './test-stores';

let stores: TestStores;

beforeAll(async () => {
  stores = await openTestStores();
});
afterAll(() => stores.close());

/** Tables that hold nothing of any workspace. Whoever adds one says why here. */
// request_limits: counters of the installation, by digests.
const ofNoWorkspace = ['orchestra_migrations', 'request_limits'];

interface Table {
  name: string;
  hasWorkspace: boolean;
  isForced: boolean;
  owner: string;
  policies: string[] | null;
}

const tables = async (): Promise<Table[]> =>
  (
    await stores.pool.query<Table>(
      `SELECT c.relname AS name, c.relrowsecurity AND c.relforcerowsecurity AS "isForced", pg_get_userbyid(c.relowner) AS owner,
              EXISTS (SELECT FROM pg_attribute AS a WHERE a.attrelid = c.oid AND a.attname = 'workspace' AND NOT attisdropped) AS "hasWorkspace",
              (SELECT array_agg(DISTINCT polname || ' to ' || pg_get_userbyid(role) || ' ' || pg_get_expr(polqual, polrelid)
                                || ', ' || pg_get_expr(polwithcheck, polrelid))
               FROM pg_policy CROSS JOIN unnest(polroles) AS role WHERE polrelid = c.oid AND polname IN ('own_workspace', 'every_workspace')) AS policies
       FROM pg_class AS c WHERE c.relkind IN ('r', 'p') AND c.relnamespace = 'public'::regnamespace ORDER BY 1`,
    )
  ).rows;

it('has row security, forced, on every table with a workspace: a migration that makes one calls orchestra_protect', async () => {
  const own = (await tables()).filter(({ hasWorkspace }) => hasWorkspace);
  expect(own.length).toBeGreaterThan(50);
  expect(own.filter(({ isForced }) => !isForced).map(({ name }) => name)).toEqual([]);
  // As a query of its own: PostgreSQL plans for any workspace then, not by what it knows of the present one (0049).
  const ownRows = '(workspace = ( SELECT orchestra_workspace() AS orchestra_workspace))';
  const expected = [
    'every_workspace to orchestra_engine true, true',
    `own_workspace to orchestra_app ${ownRows}, ${ownRows}`,
  ];
  expect(own.filter(({ policies }) => String(policies) !== String(expected)).map(({ name }) => name)).toEqual([]);
});

it('has no other tables than those of a short list', async () => {
  const others = (await tables()).filter(({ hasWorkspace }) => !hasWorkspace);
  expect(others.map(({ name }) => name)).toEqual(ofNoWorkspace);
});

it('lets no workspace see more by other policies than agents that are shared', async () => {
  const { rows } = await stores.pool.query<{ policy: string }>(
    `SELECT polrelid::regclass || ' ' || polname AS policy FROM pg_policy WHERE polname NOT IN ('own_workspace', 'every_workspace') ORDER BY 1`,
  );
  expect(rows.map(({ policy }) => policy)).toEqual([
    'agent_room shared_agent',
    'agent_room shared_agent_locked',
    'agents shared_agent',
    'budget_accounts shared_agent',
  ]);
});

it('has roles that own no table, cannot log in, and do not get around row security', async () => {
  expect((await tables()).filter(({ owner }) => owner.startsWith('orchestra_')).map(({ name }) => name)).toEqual([]);
  const { rows } = await stores.pool.query(
    `SELECT rolname AS name, rolsuper OR rolbypassrls OR rolcanlogin OR rolcreaterole OR rolcreatedb OR rolreplication AS "canMore",
            has_schema_privilege(oid, 'public', 'CREATE') AS "canMake",
            EXISTS (SELECT FROM pg_auth_members WHERE member = pg_roles.oid) AS "isMember"
     FROM pg_roles WHERE rolname LIKE 'orchestra\\_%' ORDER BY 1`,
  );
  expect(rows).toEqual([
    { name: 'orchestra_app', canMore: false, canMake: false, isMember: false },
    { name: 'orchestra_engine', canMore: false, canMake: false, isMember: false },
  ]);
});

it('lets both read and write rows, and nothing else', async () => {
  const { rows } = await stores.pool.query<{ grantee: string; privileges: string[] }>(
    `SELECT grantee, array_agg(DISTINCT privilege_type::text ORDER BY privilege_type::text) AS privileges
     FROM information_schema.role_table_grants WHERE table_schema = 'public' AND table_name <> 'orchestra_migrations'
       AND grantee IN ('PUBLIC', 'orchestra_app', 'orchestra_engine')
     GROUP BY 1 ORDER BY 1`,
  );
  const privileges = ['DELETE', 'INSERT', 'SELECT', 'UPDATE'];
  expect(rows).toEqual([
    { grantee: 'orchestra_app', privileges },
    { grantee: 'orchestra_engine', privileges },
  ]);
});

it('looks at views with the eyes of whoever reads them', async () => {
  const { rows } = await stores.pool.query(
    `SELECT relname FROM pg_class WHERE relkind IN ('v', 'm') AND relnamespace = 'public'::regnamespace
       AND NOT coalesce(reloptions @> ARRAY['security_invoker=true'], false)`,
  );
  expect(rows).toEqual([]);
});

it('runs triggers as the engine, for they may reach other workspaces, and little else', async () => {
  const { rows: triggers } = await stores.pool.query(
    `SELECT DISTINCT proname FROM pg_trigger JOIN pg_proc ON pg_proc.oid = tgfoid
     WHERE NOT tgisinternal AND pronamespace = 'public'::regnamespace AND NOT (prosecdef AND proowner = 'orchestra_engine'::regrole)`,
  );
  expect(triggers).toEqual([]);
  const { rows: callable } = await stores.pool.query<{ name: string }>(
    `SELECT proname AS name FROM pg_proc WHERE pronamespace = 'public'::regnamespace AND prosecdef AND prorettype <> 'trigger'::regtype ORDER BY 1`,
  );
  // Each answers yes or no to a question about an agent or a workspace that is named.
  expect(callable.map(({ name }) => name)).toEqual(['is_remote_agent', 'is_shared_agent', 'wants_insights']);
  const { rows: unsafe } = await stores.pool.query(
    `SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace AND prosecdef
       AND NOT coalesce(proconfig @> ARRAY['search_path=public, pg_temp'], false)`,
  );
  expect(unsafe).toEqual([]);
});

it('can be applied to a table that comes later', async () => {
  await stores.pool.query(
    `CREATE TABLE later (workspace text PRIMARY KEY); SELECT orchestra_protect('later'); SELECT orchestra_protect('later')`,
  );
  const known = (await tables()).find(({ name }) => name === 'later');
  expect(known).toMatchObject({ isForced: true, policies: [expect.any(String), expect.any(String)] });
  await stores.pool.query('DROP TABLE later');
});

it('sends every statement of a store in a scope: of one workspace, or across them for a reason that docs/workspaces.md names', () => {
  const directory = 'src/stores';
  const sources = readdirSync(directory)
    .filter((file) => file.endsWith('.ts') && !['scope.ts', 'transaction.ts', 'migrate.ts', 'pool.ts'].includes(file))
    .map((file) => ({ file, text: readFileSync(`${directory}/${file}`, 'utf8') }));
  expect(sources.filter(({ text }) => /\bpool\s*\.query\b/i.test(text)).map(({ file }) => file)).toEqual([]);
  // Which looks at no table.
  const withConnections = sources.filter(({ text }) => /\bpool\s*\.connect\b/i.test(text)).map(({ file }) => file);
  expect(withConnections).toEqual(['health-measurements.ts']);
  const used = new Set(
    sources.flatMap(({ text }) =>
      [...text.matchAll(/Across\(\w+, '([^']+)'\)|acrossWorkspaces\(\w+, '([^']+)'\)/g)].map(
        (match) => match[1] ?? match[2],
      ),
    ),
  );
  expect([...used].sort()).toEqual(Object.keys(crossings).sort());
  const page = readFileSync('docs/workspaces.md', 'utf8');
  const listed = [...page.matchAll(/^\| `([^`]+)` +\| (.*?) +\|$/gm)].map((match) => [match[1], match[2]]);
  expect(listed.filter(([name]) => name !== undefined && name in crossings)).toEqual(Object.entries(crossings));
});
