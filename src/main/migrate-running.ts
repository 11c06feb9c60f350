import { Client } from '@temporalio/client';
import type { Configuration } from './configuration';
import { connectTemporal } from './connect';
import { prepareDatabase } from './prepare-database';
import type { Report } from './report';
import { ensureSearchAttributes } from './search-attributes';
import { runningServers } from './servers';

/** Names of the migrations that were applied; undefined where there are no servers. Throws SERVER_UNAVAILABLE. */
export async function migrateRunning(configuration: Configuration, report: Report): Promise<string[] | undefined> {
  const servers = await runningServers(configuration);
  if (!servers) return undefined;
  const { addresses } = servers;
  const applied = await prepareDatabase(addresses.databaseUrl, configuration.databaseOwnerUrl);
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
