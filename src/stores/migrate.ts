import { join } from 'node:path';
import { runner } from 'node-pg-migrate';

/** Brings the database up to date; processes that start together wait for one another. Returns the names of what was applied. */
export async function migrate(databaseUrl: string): Promise<string[]> {
  const applied = await runner({
    databaseUrl,
    dir: join(__dirname, 'migrations'),
    migrationsTable: 'orchestra_migrations',
    direction: 'up',
    advisoryLockMode: 'wait',
    log: () => undefined,
  });
  return applied.map(({ name }) => name);
}
