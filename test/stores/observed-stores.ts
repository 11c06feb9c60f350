import { Pool } from 'pg';
import { openTestStores } from './test-stores';
import type { TestStores } from './test-stores';

/** Stores whose connections a test breaks. */
export interface ObservedStores extends TestStores {
  /** Looks on; nobody breaks its connections. */
  observer: Pool;
}

export async function openObservedStores(): Promise<ObservedStores> {
  const stores = await openTestStores();
  const observer = new Pool({ connectionString: stores.databaseUrl, application_name: 'observer' });
  return {
    ...stores,
    observer,
    close: async () => {
      await observer.end();
      await stores.close();
    },
  };
}

/**
 * Ends a connection to the database that is at work, of another application than the observer's. Resolves once its process is gone and whoever has it has
 * heard of that: one that dies later breaks what nobody means to break.
 */
export async function breakConnection(observer: Pool): Promise<void> {
  await observer.query(
    `SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity
     WHERE datname = current_database() AND application_name <> current_setting('application_name') AND state <> 'idle' ORDER BY random() LIMIT 1`,
  );
  // What its socket has to say is read in this round.
  await new Promise(setImmediate);
}
