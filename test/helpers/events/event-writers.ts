import { Client } from 'pg';

export interface EventWriters {
  /** Resolves when all is written. */
  written: Promise<void>;
  stop(): Promise<void>;
}

/**
 * Several connections that write `count` events at the same time, in sessions and beside them, in transactions of different sizes: some stay open for
 * a moment between two events, and some come to nothing.
 */
export async function writeEvents(
  databaseUrl: string,
  workspace: string,
  { count, writers = 6, random }: { count: number; writers?: number; random: () => number },
): Promise<EventWriters> {
  const clients = Array.from({ length: writers }, () => new Client({ connectionString: databaseUrl }));
  await Promise.all(clients.map((client) => client.connect()));
  let left = count;
  const write = async (client: Client, writer: number): Promise<void> => {
    let seq = 0;
    while (left > 0) {
      const isRolledBack = random() < 0.05;
      const size = Math.min(left, 1 + Math.floor(random() * 40));
      if (!isRolledBack) left -= size;
      const inSession = Math.floor(random() * (size + 1));
      await client.query('BEGIN');
      await client.query(sessionEvents, [workspace, `writer-${writer}`, seq, inSession]);
      if (random() < 0.1) await client.query('SELECT pg_sleep($1)', [random() * 0.05]);
      await client.query(workspaceEvents, [workspace, size - inSession]);
      await client.query(isRolledBack ? 'ROLLBACK' : 'COMMIT');
      if (!isRolledBack) seq += inSession;
    }
  };
  return {
    written: Promise.all(clients.map(write)).then(() => undefined),
    stop: async () => {
      await Promise.all(clients.map((client) => client.end()));
    },
  };
}

const sessionEvents = `
  INSERT INTO session_events (workspace, session, seq, turn, at, type, run, data)
  SELECT $1, $2, $3::bigint + nth, 1, now(), 'task-queued', 'task', '{}' FROM generate_series(1, $4::int) AS nth`;

const workspaceEvents = `
  INSERT INTO workspace_events (workspace, at, type, agent, data)
  SELECT $1, now(), 'agent-probed', 'ada', '{}' FROM generate_series(1, $2::int)`;
