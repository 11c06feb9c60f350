import type { Pool, PoolClient } from 'pg';
import type { HeldHost, HostKey, HostOverview, HostStore, NewHost } from '../contracts/ports/host-store';
import { instanceName } from '../domain/agents/agent-ref';
import { hostIsBusy, hostIsThere, hostTaken, unknownHost } from '../domain/agents/host-errors';
import { databaseJson } from './database-text';
import { milliseconds } from './milliseconds';
import { inTransaction } from './transaction';
import { inWorkspace } from './scope';

export function createHostStore(pool: Pool): HostStore {
  /** Whether the process is the host still. */
  const change = async (name: string, { workspace, name: host, holder }: HeldHost, text: string): Promise<boolean> => {
    const { rowCount } = await inWorkspace(pool, workspace).query({ name, text, values: [workspace, host, holder] });
    return rowCount === 1;
  };

  return {
    join: (host, mayReplace) =>
      inTransaction(inWorkspace(pool, host.workspace), async (client) => {
        const { wasDraining } = await takePlace(client, host, mayReplace);
        await putAgents(client, host, wasDraining);
        return { result: undefined, writes: [] };
      }),

    beat: (host) => change('host-beat', host, `UPDATE hosts SET seen_at = now(), is_online = true WHERE ${held}`),
    drain: async (host) => void (await change('host-drain', host, drainText)),
    leave: async (host) => void (await change('host-leave', host, `UPDATE hosts SET is_online = false WHERE ${held}`)),

    running: async ({ workspace, name }) => {
      const { rows } = await inWorkspace(pool, workspace).query<{ running: number }>(
        'SELECT running FROM agent_room WHERE workspace = $1 AND agent = $2',
        [workspace, roomName(name)],
      );
      return rows[0]?.running ?? 0;
    },

    list: async (workspace, { limit = null, after: [last] = [''] } = {}) => {
      const { rows } = await inWorkspace(pool, workspace).query<HostOverview>(
        `SELECT workspace, name, running, max_concurrent AS "maxConcurrent",
                ${milliseconds('started_at')} AS "startedAt", ${milliseconds('seen_at')} AS "seenAt",
                CASE WHEN NOT is_online THEN 'offline' WHEN draining THEN 'draining'
                     WHEN running >= max_concurrent THEN 'busy' ELSE 'online' END AS status,
                array(SELECT split_part(agents.name, '@', 1) FROM agents
                      WHERE agents.workspace = hosts.workspace AND host_of(agents.name) = hosts.name ORDER BY 1) AS agents
         FROM hosts JOIN agent_room USING (workspace) WHERE workspace = $1 AND agent = '@' || name AND name > $2 ORDER BY name LIMIT $3`,
        [workspace, last, limit],
      );
      return rows;
    },

    remove: (host) =>
      inTransaction(inWorkspace(pool, host.workspace), async (client) => {
        await removeHost(client, host);
        return { result: undefined, writes: [] };
      }),
  };
}

const held = 'workspace = $1 AND name = $2 AND holder = $3';

/** Its agents are other ones than they were: whoever changes one must have seen that it takes no new work. */
const drainText = `
  WITH drained AS (
    UPDATE hosts SET draining = true WHERE ${held} AND NOT draining RETURNING workspace, name
  ), locked AS (
    SELECT name FROM agents WHERE workspace = $1 AND host_of(name) IN (SELECT name FROM drained) ORDER BY name FOR UPDATE
  )
  UPDATE agents SET revision = revision + 1, updated_at = now() FROM locked WHERE agents.workspace = $1 AND agents.name = locked.name`;

const roomName = (host: string): string => `@${host}`;

async function takePlace(
  client: PoolClient,
  { workspace, name, holder }: NewHost,
  mayReplace: (holder: string) => boolean,
): Promise<{ wasDraining: boolean }> {
  const { rows } = await client.query<{ holder: string; is_online: boolean; draining: boolean; silent_ms: number }>(
    `SELECT holder, is_online, draining, (extract(epoch FROM now() - seen_at) * 1000)::float8 AS silent_ms
     FROM hosts WHERE workspace = $1 AND name = $2 FOR UPDATE`,
    [workspace, name],
  );
  const [before] = rows;
  if (before?.is_online && before.holder !== holder && !mayReplace(before.holder)) {
    throw hostTaken(workspace, name, before.silent_ms);
  }
  const { rowCount } = await client.query(
    before
      ? `UPDATE hosts SET holder = $3, is_online = true, draining = false, started_at = now(), seen_at = now()
         WHERE workspace = $1 AND name = $2`
      : 'INSERT INTO hosts (workspace, name, holder) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING',
    [workspace, name, holder],
  );
  // Another process has become the host in the same moment.
  if (rowCount === 0) throw hostTaken(workspace, name, 0);
  return { wasDraining: before?.draining === true };
}

/** Agents are locked first, then their rooms, both in key order. */
async function putAgents(
  client: PoolClient,
  { workspace, name, maxConcurrent, agents }: NewHost,
  wereDraining: boolean,
): Promise<void> {
  const definitions = agents.map((agent) => ({ ...agent, name: instanceName(agent.name, name) }));
  const kept = definitions.map((definition) => definition.name);
  await client.query(
    `INSERT INTO agents (workspace, name, definition, shared)
     SELECT $1, definition ->> 'name', definition, (definition ->> 'shared')::boolean
     FROM jsonb_array_elements($2::jsonb) AS definition ORDER BY 2
     ON CONFLICT (workspace, name) DO UPDATE SET definition = excluded.definition, shared = excluded.shared, draining = false,
       revision = agents.revision + 1, updated_at = now()
     WHERE agents.definition <> excluded.definition OR agents.draining OR $3`,
    [workspace, databaseJson(definitions), wereDraining],
  );
  await client.query(
    `UPDATE agents SET draining = true, revision = revision + 1, updated_at = now()
     WHERE workspace = $1 AND host_of(name) = $2 AND NOT name = ANY ($3) AND NOT draining`,
    [workspace, name, kept],
  );
  await client.query(
    `INSERT INTO agent_room (workspace, agent, max_concurrent)
     SELECT $1, room, places FROM unnest($2::text[], $3::int[]) AS x (room, places) ORDER BY room
     ON CONFLICT (workspace, agent) DO UPDATE SET max_concurrent = excluded.max_concurrent`,
    [
      workspace,
      [roomName(name), ...kept],
      [maxConcurrent, ...definitions.map((definition) => definition.maxConcurrent)],
    ],
  );
  await removeIdle(client, workspace, name, kept);
}

/** Removes agents of the host besides these; returns how many are left because they work. */
async function removeIdle(
  client: PoolClient,
  workspace: string,
  host: string,
  kept: readonly string[],
): Promise<number> {
  const { rows } = await client.query<{ left: number }>(
    `WITH gone AS (
       SELECT agent, running FROM agent_room
       WHERE workspace = $1 AND host_of(agent) = $2 AND agent <> '@' || $2 AND NOT agent = ANY ($3) ORDER BY agent FOR UPDATE
     ), removed AS (
       DELETE FROM agents USING gone WHERE workspace = $1 AND name = gone.agent AND running = 0
     )
     SELECT count(*) FILTER (WHERE running > 0)::int AS left FROM gone`,
    [workspace, host, kept],
  );
  return rows[0]?.left ?? 0;
}

async function removeHost(client: PoolClient, { workspace, name }: HostKey): Promise<void> {
  const { rows } = await client.query<{ is_online: boolean }>(
    'SELECT is_online FROM hosts WHERE workspace = $1 AND name = $2 FOR UPDATE',
    [workspace, name],
  );
  const [host] = rows;
  if (!host) {
    const known = await client.query<{ name: string }>('SELECT name FROM hosts WHERE workspace = $1', [workspace]);
    throw unknownHost(
      workspace,
      name,
      known.rows.map((row) => row.name),
    );
  }
  if (host.is_online) throw hostIsThere(name);
  const busy = await removeIdle(client, workspace, name, []);
  if (busy > 0) throw hostIsBusy(name);
  await client.query('DELETE FROM agent_room WHERE workspace = $1 AND agent = $2', [workspace, roomName(name)]);
  await client.query('DELETE FROM hosts WHERE workspace = $1 AND name = $2', [workspace, name]);
}
