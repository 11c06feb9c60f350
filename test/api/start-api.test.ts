import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openApi } from '../../src/main/api';
import { openTestInstallation } from '../helpers/servers/test-installation';
import type { TestInstallation } from '../helpers/servers/test-installation';
import { until } from '../helpers/until';

const folder = mkdtempSync(join(tmpdir(), 'orchestra-tls-'));
const noCertificate = join(folder, 'certificate.pem');
let installation: TestInstallation;

beforeAll(async () => {
  writeFileSync(noCertificate, 'no certificate');
  installation = await openTestInstallation({
    ORCHESTRA_TLS_CERT: noCertificate,
    ORCHESTRA_TLS_KEY: noCertificate,
  });
});
afterAll(async () => {
  await installation.close();
  rmSync(folder, { recursive: true });
});

async function listeners(): Promise<number> {
  const { rows } = await installation.pool.query(
    `SELECT FROM pg_stat_activity WHERE datname = current_database() AND query LIKE '%LISTEN orchestra_work%' AND pid <> pg_backend_pid()`,
  );
  return rows.length;
}

test('an API that cannot be built leaves no listener behind', async () => {
  await expect(installation.startApi()).rejects.toThrow(/PEM|start line|DECODER/);
  const quiet = (): void => undefined;
  const { close } = await openApi(installation, quiet);
  try {
    // That of the one that failed would have been there before.
    await until('the API listens', async () => (await listeners()) > 0);
    expect(await listeners()).toBe(1);
  } finally {
    await close();
  }
});
