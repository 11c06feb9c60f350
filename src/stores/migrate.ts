import { readdir } from 'node:fs/promises';
import { join, parse } from 'node:path';
import { Client } from 'pg';

const directory = join(__dirname, 'migrations');
const table = 'orchestra_migrations';

/**
 * Brings the database up to date; processes that start together wait for one another. Returns the names of what was applied. Where nothing is to be
 * applied, whoever connects need not be allowed to.
 */
export async function migrate(databaseUrl: string): Promise<string[]> {
  // Our own connection: the runner does not wait for the end of its own, and nobody would hear of an error there.
  const client = new Client({ connectionString: databaseUrl });
  client.on('error', () => undefined);
  try {
    await client.connect();
    if (await isUpToDate(client)) return [];
    // Loaded where it is needed, which is once a version: every command looks whether anything is to be applied.
    const { runner } = await import('node-pg-migrate');
    const applied = await runner({
      dbClient: client,
      dir: directory,
      migrationsTable: table,
      direction: 'up',
      // One with a lower number may come later: it was written beside the others, and took longer.
      checkOrder: false,
      advisoryLockMode: 'wait',
      log: () => undefined,
    });
    return applied.map(({ name }) => name);
  } finally {
    await client.end();
  }
}

async function isUpToDate(client: Client): Promise<boolean> {
  const { rows: known } = await client.query<{ exists: boolean }>('SELECT to_regclass($1) IS NOT NULL AS exists', [
    table,
  ]);
  if (known[0]?.exists !== true) return false;
  const { rows } = await client.query<{ name: string }>(`SELECT name FROM ${table}`);
  const applied = new Set(rows.map(({ name }) => name));
  return (await readdir(directory)).every((file) => applied.has(parse(file).name));
}
