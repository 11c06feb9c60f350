import type { Pool, PoolClient, QueryConfig } from 'pg';
import type { AgentChanges, AgentRegistry } from '../contracts/ports/agent-registry';
import { agentEtag } from '../contracts/schemas/etags';
import type { AgentDefinition, AgentKey, RegisteredAgent } from '../domain/agents/agent';
import { agentIsBusy, agentsExist, unknownAgent } from '../domain/agents/agent-errors';
import { requireMatch } from '../domain/if-match';
import type { IfMatch } from '../domain/if-match';
import { agentNotFound } from './agent-not-found';
import { overviewOf, selectOverview, withRoomAndRecord } from './agent-overviews';
import type { OverviewRow } from './agent-overviews';
import { searchAgents } from './agent-search';
import { databaseJson } from './database-text';
import { orMadeBefore } from './made-before';
import { milliseconds } from './milliseconds';
import { isNoted } from './noted-request';
import { inTransaction } from './transaction';
import { acrossWorkspaces, inWorkspace } from './scope';

/** The registry in PostgreSQL. Locks are taken agents first, then their room, both in key order. */
export function createAgentRegistry(pool: Pool): AgentRegistry {
  const notFound = (agent: AgentKey): Promise<Error> => agentNotFound(pool, agent);

  return {
    add: (workspace, definitions, seed) =>
      inTransaction(inWorkspace(pool, workspace), async (client) => {
        const added = await namesOf(client, addStatement(workspace, definitions, seed));
        // A name that is given twice is free only once.
        const existing = definitions.map(({ name }) => name).filter((name) => !added.delete(name));
        if (existing.length > 0) throw agentsExist(workspace, existing);
        return { result: undefined, writes: [] };
      }),

    replace: (workspace, definitions, ifMatch) =>
      inTransaction(inWorkspace(pool, workspace), async (client) => {
        if (ifMatch !== undefined) {
          const names = definitions.map(({ name }) => name);
          requireMatches(ifMatch, await lockAgents(client, workspace, names));
        }
        const replaced = await namesOf(client, replaceStatement(workspace, definitions));
        const absent = definitions.find(({ name }) => !replaced.has(name));
        if (absent) throw await notFound({ workspace, name: absent.name });
        return { result: undefined, writes: [] };
      }),

    change: async (agent, changes) => {
      const { rowCount } = await inWorkspace(pool, agent.workspace).query(
        `WITH changed AS (
           UPDATE agents SET definition = (definition || $3) - $5::text[], shared = coalesce($4, shared),
                             revision = revision + 1, updated_at = now()
           WHERE workspace = $1 AND name = $2 RETURNING definition
         )
         UPDATE agent_room SET max_concurrent = (definition ->> 'maxConcurrent')::int FROM changed
         WHERE workspace = $1 AND agent = $2`,
        [agent.workspace, agent.name, databaseJson(changes), changes.shared ?? null, takenAway(changes)],
      );
      if (rowCount === 0) throw await notFound(agent);
    },

    remove: (agent, ifMatch) =>
      inTransaction(inWorkspace(pool, agent.workspace), async (client) => {
        const key = [agent.workspace, agent.name];
        const found = await lockAgents(client, agent.workspace, [agent.name]);
        if (found.length === 0) throw await notFound(agent);
        requireMatches(ifMatch, found);
        // Locked, so that no lease is taken between this look and the removal.
        const { rows } = await client.query<{ running: number }>(
          'SELECT running FROM agent_room WHERE workspace = $1 AND agent = $2 FOR UPDATE',
          key,
        );
        const running = rows[0]?.running ?? 0;
        if (running > 0) throw agentIsBusy(agent.name, running);
        const removal = { text: 'DELETE FROM agents WHERE workspace = $1 AND name = $2', values: key };
        return { result: undefined, writes: [removal] };
      }),

    setDraining: (agent, draining, said) =>
      inTransaction(inWorkspace(pool, agent.workspace), async (client) => {
        if (await isNoted(client, agent, said?.seed)) return { result: undefined, writes: [] };
        // A trigger notes the change, and reads from here who made it.
        await client.query(
          `SELECT set_config('orchestra.by', $1, true), set_config('orchestra.why', $2, true), set_config('orchestra.request', $3, true)`,
          [said?.by ?? '', said?.why ?? '', said?.seed ?? ''],
        );
        // What is said twice is no change.
        const { rowCount } = await client.query(
          `UPDATE agents SET draining = $3,
                revision = CASE WHEN draining = $3 THEN revision ELSE revision + 1 END,
                updated_at = CASE WHEN draining = $3 THEN updated_at ELSE now() END
         WHERE workspace = $1 AND name = $2`,
          [agent.workspace, agent.name, draining],
        );
        if (rowCount === 0) throw await notFound(agent);
        return { result: undefined, writes: [] };
      }),

    find: async (workspace, agent) => {
      const { rows } = await acrossWorkspaces(pool, 'shared agents').query<OverviewRow>(
        `${selectOverview('agents.definition')} FROM agents ${withRoomAndRecord}
         WHERE agents.workspace = $2 AND agents.name = $3 AND (agents.workspace = $1 OR agents.shared)`,
        [workspace, agent.workspace, agent.name],
      );
      const [row] = rows;
      // Names of another workspace are no business of this one.
      if (!row)
        throw agent.workspace === workspace ? await notFound(agent) : unknownAgent(agent.workspace, agent.name, []);
      return overviewOf(row);
    },

    list: (workspace, filter) =>
      inTransaction(acrossWorkspaces(pool, 'shared agents'), async (client) => {
        const rows = await searchAgents(client, workspace, filter);
        return { result: rows.map(overviewOf), writes: [] };
      }),
  };
}

type VersionedAgent = Pick<RegisteredAgent, 'name' | 'createdAt' | 'revision'>;

/** Those that are there, in key order. */
async function lockAgents(client: PoolClient, workspace: string, names: readonly string[]): Promise<VersionedAgent[]> {
  const { rows } = await client.query<VersionedAgent>(
    `SELECT name, revision, ${milliseconds('created_at')} AS "createdAt"
     FROM agents WHERE workspace = $1 AND name = ANY ($2) ORDER BY name FOR UPDATE`,
    [workspace, names],
  );
  return rows;
}

function requireMatches(ifMatch: IfMatch, found: readonly VersionedAgent[]): void {
  for (const agent of found) requireMatch(ifMatch, agentEtag(agent), `Agent "${agent.name}"`);
}

function takenAway(changes: AgentChanges): string[] {
  return Object.entries(changes).flatMap(([key, value]) => (value === null ? [key] : []));
}

async function namesOf(client: PoolClient, statement: QueryConfig): Promise<Set<string>> {
  const { rows } = await client.query<{ name: string }>(statement);
  return new Set(rows.map(({ name }) => name));
}

/** Returns the names that were free, or that the same request has taken. */
function addStatement(
  workspace: string,
  definitions: readonly AgentDefinition[],
  seed: string | undefined,
): QueryConfig {
  return {
    text: `WITH given AS (
             SELECT DISTINCT ON (definition ->> 'name') definition ->> 'name' AS name, definition
             FROM jsonb_array_elements($2::jsonb) AS definition
           ), added AS (
             INSERT INTO agents (workspace, name, definition, shared, request)
             SELECT $1, name, definition, (definition ->> 'shared')::boolean, $3::text FROM given ORDER BY name
             ${orMadeBefore('agents', 'workspace, name')} RETURNING name, definition
           ), room AS (
             INSERT INTO agent_room (workspace, agent, max_concurrent)
             SELECT $1, name, (definition ->> 'maxConcurrent')::int FROM added ON CONFLICT DO NOTHING
           )
           SELECT name FROM added`,
    values: [workspace, databaseJson(definitions), seed ?? null],
  };
}

/** Returns the names that were there. */
function replaceStatement(workspace: string, definitions: readonly AgentDefinition[]): QueryConfig {
  return {
    text: `WITH given AS (
             SELECT definition ->> 'name' AS name, definition FROM jsonb_array_elements($2::jsonb) AS definition
           ), locked AS (
             SELECT agents.name, given.definition FROM agents JOIN given ON agents.name = given.name
             WHERE agents.workspace = $1 ORDER BY agents.name FOR UPDATE OF agents
           ), replaced AS (
             UPDATE agents SET definition = locked.definition, shared = (locked.definition ->> 'shared')::boolean,
                               revision = revision + 1, updated_at = now()
             FROM locked WHERE agents.workspace = $1 AND agents.name = locked.name
             RETURNING agents.name, agents.definition
           ), room AS (
             SELECT agent, definition FROM agent_room JOIN replaced ON agent = name
             WHERE workspace = $1 ORDER BY agent FOR UPDATE OF agent_room
           )
           UPDATE agent_room SET max_concurrent = (room.definition ->> 'maxConcurrent')::int
           FROM room WHERE workspace = $1 AND agent_room.agent = room.agent RETURNING room.agent AS name`,
    values: [workspace, databaseJson(definitions)],
  };
}
