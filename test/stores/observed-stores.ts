import { Pool } from 'pg';
import { isDatabaseAway } from '../../src/domain/database-away';
import { openTestStores } from './test-stores';
import type { TestStores } from './test-stores';

/** Stores whose connections a test breaks. */
export interface ObservedStores extends TestStores {
  /** Looks on; nobody breaks its connections. */
  observer: Pool;
  /**
   * Ends a connection to the database that is at work, of another application than the observer's. Resolves once its process is gone
   * and its pool has heard of that: one that dies later breaks what nobody means to break.
   */
  breakConnection(): Promise<void>;
  /** A pool whose connections may be broken, too. */
  breakable(pool: Pool): Pool;
}

/** Again where a connection turns out to be broken, as who works with stores does; see src/activities/attempt/until-stored.ts. */
export async function untilDone(act: () => Promise<unknown>): Promise<void> {
  for (let tries = 1; ; tries++) {
    try {
      await act();
      return;
    } catch (error) {
      if (!isDatabaseAway(error) || tries === 5) throw error;
    }
  }
}

export async function openObservedStores(): Promise<ObservedStores> {
  const stores = await openTestStores();
  const observer = new Pool({ connectionString: stores.databaseUrl, application_name: 'observer' });
  /** By the server's process. */
  const closed = new Map<number, Promise<void>>();
  const breakable = (pool: Pool): Pool =>
    pool.on('connect', (client) => {
      // @types/pg does not know of it.
      const { processID } = client as typeof client & { processID: number };
      closed.set(processID, new Promise((resolve) => client.once('end', resolve)));
    });
  stores.pools.forEach(breakable);

  const breakConnection = async (): Promise<void> => {
    const { rows } = await observer.query<{ pid: number; gone: boolean }>(
      `SELECT pid, pg_terminate_backend(pid, 10000) AS gone FROM pg_stat_activity
       WHERE datname = current_database() AND application_name <> current_setting('application_name') AND state <> 'idle' ORDER BY random() LIMIT 1`,
    );
    for (const { pid, gone } of rows) if (gone) await closed.get(pid);
  };
  return {
    ...stores,
    observer,
    breakable,
    breakConnection,
    close: async () => {
      await observer.end();
      await stores.close();
    },
  };
}
