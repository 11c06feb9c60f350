import { setTimeout as delay } from 'node:timers/promises';
import { Client } from 'pg';

/** A lock of PostgreSQL that every user of a run's servers shares: its owner may stop them once it can have it alone. */
const lockKey = [0x6f726368, 1];
const pollMs = 200;

/** Ends when the connection does, whatever ends it. */
export interface Presence {
  leave(): Promise<void>;
}

/** Marks this process as a user of servers that another run owns; undefined where they are about to stop, or have. */
export async function enterAsUser(databaseUrl: string): Promise<Presence | undefined> {
  const client = lockClient(databaseUrl);
  try {
    await client.connect();
    const { rows } = await client.query<{ entered: boolean }>(
      'SELECT pg_try_advisory_lock_shared($1, $2) AS entered',
      lockKey,
    );
    if (rows[0]?.entered === true) return { leave: () => client.end() };
  } catch {
    // Gone in this moment.
  }
  await client.end().catch(() => undefined);
  return undefined;
}

/** Waits until nobody else uses the servers, and then lets nobody in; rejects when the signal is aborted. */
export async function waitForUsers(databaseUrl: string, onWait: () => void, signal: AbortSignal): Promise<void> {
  const client = lockClient(databaseUrl);
  await client.connect();
  try {
    for (let told = false; !(await isAlone(client)); await delay(pollMs, undefined, { signal })) {
      if (!told) onWait();
      told = true;
    }
  } catch (error) {
    await client.end();
    throw error;
  }
  // The connection, and with it the lock, is kept until this process ends or stops PostgreSQL.
}

async function isAlone(client: Client): Promise<boolean> {
  const { rows } = await client.query<{ alone: boolean }>('SELECT pg_try_advisory_lock($1, $2) AS alone', lockKey);
  return rows[0]?.alone === true;
}

function lockClient(databaseUrl: string): Client {
  const client = new Client({
    connectionString: databaseUrl,
    application_name: 'agent-orchestra presence',
    connectionTimeoutMillis: 5_000,
  });
  // A connection that breaks ends the presence, not the process.
  client.on('error', () => undefined);
  return client;
}
