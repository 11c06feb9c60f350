import { mkdtempSync, chmodSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { startEmbeddedServers as StartEmbeddedServers } from '../../../src/embedded/start-embedded-servers';
import type { migrate as Migrate } from '../../../src/stores/migrate';
import type { EmbeddedServers } from '../../../src/embedded/embedded-servers';
import { onServer } from './test-database';

declare global {
  var testServers: EmbeddedServers | undefined;
}

const template = 'test_template';

/** Starts one Temporal server and one PostgreSQL for all integration tests, from the built program, and makes the database that theirs are copies of. */
export default async function startServers(): Promise<void> {
  const { startEmbeddedServers } = (await built('embedded/start-embedded-servers.js')) as {
    startEmbeddedServers: typeof StartEmbeddedServers;
  };
  const { migrate } = (await built('stores/migrate.js')) as { migrate: typeof Migrate };
  const dataDirectory = mkdtempSync(join(tmpdir(), 'orchestra-test-'));
  chmodSync(dataDirectory, 0o755);
  const servers = await startEmbeddedServers({
    dataDirectory,
    environment: process.env,
    headless: true,
    onProgress: (message) => process.stderr.write(`${message}\n`),
  });
  globalThis.testServers = servers;
  process.env['TEST_TEMPORAL_ADDRESS'] = servers.temporal.address;
  process.env['TEST_DATABASE_URL'] = servers.postgres.url;
  process.env['TEST_SERVERS_DATA'] = dataDirectory;
  // Nobody kills these servers, so nobody has to wait for their disk.
  await onServer('ALTER SYSTEM SET synchronous_commit = off', 'SELECT pg_reload_conf()', `CREATE DATABASE ${template}`);
  await migrate(Object.assign(new URL(servers.postgres.url), { pathname: `/${template}` }).toString());
  process.env['TEST_DATABASE_TEMPLATE'] = template;
}

function built(file: string): Promise<unknown> {
  return import(join(process.cwd(), 'dist', file));
}
