import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { prepareDatabase } from '../../src/main/prepare-database';
import { openTestInstallation } from '../helpers/servers/test-installation';
import { createAuthority } from '../helpers/tls/certificates';
import { startTlsPostgres } from '../helpers/tls/tls-postgres';
import type { TlsPostgres } from '../helpers/tls/tls-postgres';
import { until } from '../helpers/until';

const directory = mkdtempSync(join(tmpdir(), 'orchestra-tls-'));
const [trusted, other] = [join(directory, 'ca.pem'), join(directory, 'other-ca.pem')];
let server: TlsPostgres;

beforeAll(async () => {
  // PostgreSQL may run as another user than we do.
  chmodSync(directory, 0o755);
  const authority = await createAuthority('Ours');
  writeFileSync(trusted, authority.cert);
  writeFileSync(other, (await createAuthority('Ours')).cert);
  server = await startTlsPostgres(directory, await authority.issue(['localhost']));
});
afterAll(async () => {
  await server?.stop();
  rmSync(directory, { recursive: true });
});

const plan = `
version: 1
name: encrypted
agents: { ada: { connector: simulated, latency: 1ms } }
tasks: { one: { agent: ada } }
`;

test('with sslmode=verify-full a session runs, and each connection is encrypted', async () => {
  const { TEST_DATABASE_URL, TEST_DATABASE_TEMPLATE } = process.env;
  process.env['TEST_DATABASE_URL'] = server.url('localhost', { sslmode: 'verify-full', sslrootcert: trusted });
  // This server has none that is migrated.
  process.env['TEST_DATABASE_TEMPLATE'] = 'template1';
  const installation = await openTestInstallation();
  try {
    await installation.startWorkers();
    expect(await (await installation.start(plan)).result()).toMatchObject({ status: 'succeeded' });
    const connections = async () =>
      (
        await installation.pool.query<{ application: string; version: string | null }>(
          `SELECT DISTINCT application_name AS application, version FROM pg_stat_activity LEFT JOIN pg_stat_ssl USING (pid)
           WHERE datname = current_database() AND backend_type = 'client backend' ORDER BY 1`,
        )
      ).rows;
    // Workers are ready before they listen.
    await until('somebody listens', async () => (await connections()).some(({ application }) => application === ''));
    const rows = await connections();
    // The pools, and those that listen.
    expect(rows.map(({ application }) => application)).toEqual(['', 'agent-orchestra']);
    expect(new Set(rows.map(({ version }) => version))).toEqual(new Set(['TLSv1.3']));
  } finally {
    await installation.close();
    Object.assign(process.env, { TEST_DATABASE_URL, TEST_DATABASE_TEMPLATE });
  }
});

const refusals: [string, string, Record<string, string>, string][] = [
  ['a certificate of another authority', 'localhost', { sslmode: 'verify-full', sslrootcert: other }, 'sslrootcert'],
  ['an authority that nobody named', 'localhost', { sslmode: 'verify-full' }, 'sslrootcert'],
  ['a name that is not in it', '127.0.0.1', { sslmode: 'verify-full', sslrootcert: trusted }, '127.0.0.1'],
  ['no TLS', 'localhost', {}, 'no encryption'],
  ['an authority whose file is missing', 'localhost', { sslmode: 'verify-full', sslrootcert: '/none' }, '/none'],
];

test.each(refusals)('%s is refused, and it is said what is wrong', async (_, host, settings, words) => {
  await expect(prepareDatabase(server.url(host, settings))).rejects.toMatchObject({
    code: 'SERVER_UNAVAILABLE',
    message: expect.stringContaining(words) as string,
  });
});
