import { randomBytes } from 'node:crypto';
import { Client } from 'pg';

/** A database on the server that all integration tests share. */
export interface TestDatabase {
  name: string;
  url: string;
  /** Ends all connections to it. */
  drop(): Promise<void>;
}

/** A copy of the one that was migrated when the servers started; what was migrated since is left to who opens it. Empty on demand. */
export async function createTestDatabase(
  from: 'migrated' | 'empty' = 'migrated',
  name = `test_${randomBytes(6).toString('hex')}`,
): Promise<TestDatabase> {
  const template = from === 'migrated' ? `TEMPLATE ${requiredVariable('TEST_DATABASE_TEMPLATE')}` : '';
  await onServer(`CREATE DATABASE ${name} ${template}`);
  return {
    name,
    url: Object.assign(new URL(requiredVariable('TEST_DATABASE_URL')), { pathname: `/${name}` }).toString(),
    drop: () => onServer(`DROP DATABASE ${name} WITH (FORCE)`),
  };
}

export async function onServer(...statements: string[]): Promise<void> {
  const client = new Client({ connectionString: requiredVariable('TEST_DATABASE_URL') });
  await client.connect();
  try {
    for (const statement of statements) await client.query(statement);
  } finally {
    await client.end();
  }
}

/** What the start of the servers has left in the environment. */
export function requiredVariable(name: string): string {
  const value = process.env[name];
  if (value === undefined) throw new Error(`${name} is not set: run the tests with npm test, which starts the servers`);
  return value;
}
