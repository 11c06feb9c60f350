import { Client } from '@temporalio/client';
import type { Configuration } from './configuration';
import { connectTemporal } from './connect';
import { migrateDatabase } from './installation';
import { runningServers } from './local';
import type { Report } from './report';
import { ensureSearchAttributes } from './search-attributes';

/** Names of the migrations that were applied; undefined where there are no servers. Throws SERVER_UNAVAILABLE. */
export async function migrateRunning(configuration: Configuration, report: Report): Promise<string[] | undefined> {
  const servers = await runningServers(configuration);
  if (!servers) return undefined;
  const { addresses } = servers;
  const applied = await migrateDatabase(addresses.databaseUrl);
  const connection = await connectTemporal(addresses);
  try {
    const { namespace } = addresses.temporal;
    const temporal = new Client({ connection, namespace });
    await ensureSearchAttributes(temporal.connection, namespace, report);
  } finally {
    await connection.close();
  }
  return applied;
}
