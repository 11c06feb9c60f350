import { join } from 'node:path';
import { runner } from 'node-pg-migrate';
import { Client } from 'pg';

/** Brings the database up to date; processes that start together wait for one another. Returns the names of what was applied. */
export async function migrate(databaseUrl: string): Promise<string[]> {
  // Our own connection: the runner does not wait for the end of its own, and nobody would hear of an error there.
  const client = new Client({ connectionString: databaseUrl });
  client.on('error', () => undefined);
  try {
    await client.connect();
    const applied = await runner({
      dbClient: client,
      dir: join(__dirname, 'migrations'),
      migrationsTable: 'orchestra_migrations',
      direction: 'up',
      advisoryLockMode: 'wait',
      log: () => undefined,
    });
    return applied.map(({ name }) => name);
  } finally {
    await client.end();
  }
}
