import { mkdtempSync, chmodSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { startEmbeddedServers as StartEmbeddedServers } from '../../../src/embedded/start-embedded-servers';
import type { EmbeddedServers } from '../../../src/embedded/embedded-servers';

declare global {
  var testServers: EmbeddedServers | undefined;
}

/** Starts one Temporal server and one PostgreSQL for all integration tests, from the built program. */
export default async function startServers(): Promise<void> {
  const built: unknown = await import(join(process.cwd(), 'dist/embedded/start-embedded-servers.js'));
  const { startEmbeddedServers } = built as { startEmbeddedServers: typeof StartEmbeddedServers };
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
}
