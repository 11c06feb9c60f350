import { createHash } from 'node:crypto';
import type { Pool, PoolClient } from 'pg';
import type { AgentMemoryStore, FoundMemories } from '../contracts/ports/agent-memories';
import { OrchestraError } from '../domain/errors';
import { fuseRankings } from '../domain/memory/fuse-rankings';
import { checkMemory } from '../domain/memory/memory';
import type { Memory, MemoryOwner, NewMemory } from '../domain/memory/memory';
import { defaultOptions } from '../domain/settings/workspace-settings';
import { agentNotFound } from './agent-not-found';
import { databaseText } from './database-text';
import type { MemoryMeaning } from './memory-meaning';
import { behindAllTimes, milliseconds, timeOf } from './milliseconds';
import { inTransaction } from './transaction';
import { acrossWorkspaces, inWorkspace } from './scope';

/** Of a text that memories are looked for by; what follows says little more. */
const wordsLookedFor = 200;
const charactersLookedAt = 20_000;

/** Of each of the lists that are merged. */
const mostMerged = 50;

export interface AgentMemoryOptions {
  /** Absent: memories are found by their words alone. */
  meaning?: MemoryMeaning;
  /** Told where a memory for a prompt could not be looked for by its meaning. */
  onError?: (error: unknown) => void;
}

export function createAgentMemoryStore(pool: Pool, { meaning, onError }: AgentMemoryOptions = {}): AgentMemoryStore {
  const read = async (text: string, owner: MemoryOwner, ...values: unknown[]): Promise<Memory[]> => {
    const { rows } = await inWorkspace(pool, owner.workspace).query<Memory>(text, [...keyOf(owner), ...values]);
    return rows;
  };

  return {
    add: (owner, written, seed) =>
      alone(pool, owner, async (client, key) => {
        const memory = checkMemory({ ...written, text: databaseText(written.text) });
        const values = [...key, idOf(memory), memory.kind, memory.text, seed ?? null];
        const { rows } = await client.query<Memory>(addText, values);
        const [added] = rows;
        if (!added) throw await agentNotFound(pool, owner.agent);
        await client.query(dropText, [...key, defaultOptions['memory.maxPerAgent']]);
        return added;
      }),

    list: (owner, limit, after) => read(listText, owner, limit, ...(after ?? behindAllTimes)),
    search: async (owner, query, limit) => {
      const byWords = await read(searchText, owner, databaseText(query), Math.max(limit, mostMerged));
      const found = (memories: Memory[]): FoundMemories => ({
        memories: memories.slice(0, limit),
        searchedBy: 'words',
      });
      // Whoever writes operators says which words there must be.
      if (!meaning || hasOperators(query)) return found(byWords);
      try {
        const near = await meaning.nearest(owner, query);
        const ids = fuseRankings([byWords.map(({ id }) => id), near]).slice(0, limit);
        return { memories: await read(namedText, owner, ids), searchedBy: 'words-and-meaning' };
      } catch (error) {
        return { ...found(byWords), problem: (error as Error).message };
      }
    },

    recall: async (owner, text, limit) => {
      // Before the memories are locked: others need not wait for the embedder.
      const near = await meaning?.nearest(owner, text).catch((error: unknown) => void onError?.(error));
      return alone(pool, owner, async (client, key) => {
        const asked = databaseText(text.slice(0, charactersLookedAt));
        const values = [...key, asked, near ? mostMerged : limit, wordsLookedFor];
        const { rows } = await client.query<{ id: string }>(rankText, values);
        const ids = fuseRankings([rows.map(({ id }) => id), near ?? []]).slice(0, limit);
        if (ids.length === 0) return [];
        await client.query(markText, [...key, ids]);
        return (await client.query<Memory>(namedText, [...key, ids])).rows;
      });
    },

    forget: (owner, ids) =>
      alone(pool, owner, async (client, key) => {
        const { rows } = await client.query<{ id: string }>(forgetText, [...key, ids]);
        const gone = new Set(rows.map(({ id }) => id));
        const unknown = ids.find((id) => !gone.has(id));
        if (unknown !== undefined) throw notFound(owner, unknown);
      }),

    forgetAll: (owner) =>
      alone(pool, owner, async (client, key) => {
        const { rowCount } = await client.query(`DELETE FROM agent_memories WHERE ${isOwned}`, key);
        return rowCount ?? 0;
      }),

    deleteExpired: async () => {
      await acrossWorkspaces(pool, 'backstop').query({
        name: 'delete-expired-memories',
        text: expiredText,
        values: [defaultOptions['memory.days']],
      });
    },
  };
}

function hasOperators(query: string): boolean {
  return /"|(^|\s)-\S|(^|\s)or(\s|$)/i.test(query);
}

/** One change of an agent's memories at a time: no two find room for the last, and none wait for each other's rows. */
function alone<T>(pool: Pool, owner: MemoryOwner, work: (client: PoolClient, key: string[]) => Promise<T>): Promise<T> {
  return inTransaction(inWorkspace(pool, owner.workspace), async (client) => {
    const key = keyOf(owner);
    await client.query(`SELECT pg_advisory_xact_lock(hashtextextended('memories ' || $1::text, 0))`, [key.join('/')]);
    return { result: await work(client, key), writes: [] };
  });
}

function keyOf({ workspace, agent }: MemoryOwner): [string, string, string] {
  return [workspace, agent.workspace, agent.name];
}

function idOf({ kind, text }: NewMemory): string {
  return createHash('sha256').update(`${kind} ${text}`).digest('hex').slice(0, 12);
}

function notFound({ agent }: MemoryOwner, id: string): OrchestraError {
  return new OrchestraError(
    'MEMORY_NOT_FOUND',
    `Agent ${agent.name} has no memory "${id}". See \`orchestra memory list ${agent.name}\`. Nothing was forgotten.`,
  );
}

const isOwned = 'workspace = $1 AND agent_workspace = $2 AND agent = $3';
const columns = `id, kind, text, ${milliseconds('created_at')} AS "createdAt", recalled, ${milliseconds('recalled_at')} AS "recalledAt"`;

const addText = `
  INSERT INTO agent_memories AS known (workspace, agent_workspace, agent, id, kind, text, created_at, request)
  SELECT $1, $2, $3, $4, $5, $6, clock_timestamp(), $7::text WHERE EXISTS (
    SELECT FROM agents WHERE workspace = $2 AND split_part(name, '@', 1) = $3 AND (workspace = $1 OR shared))
  ON CONFLICT (workspace, agent_workspace, agent, id) DO UPDATE SET
    created_at = CASE WHEN known.request = excluded.request THEN known.created_at ELSE excluded.created_at END, request = excluded.request
  RETURNING ${columns}`;

const dropText = `
  DELETE FROM agent_memories WHERE ${isOwned} AND id IN (
    SELECT id FROM agent_memories WHERE ${isOwned} ORDER BY greatest(created_at, recalled_at) DESC, recalled DESC, id
    OFFSET coalesce((SELECT (options ->> 'memory.maxPerAgent')::int FROM workspace_settings WHERE workspace = $1), $4))`;

const forgetText = `DELETE FROM agent_memories WHERE ${isOwned} AND id = ANY ($4) RETURNING id`;

const listText = `
  SELECT ${columns} FROM agent_memories
  WHERE ${isOwned} AND (created_at, id) < (${timeOf('$5')}, $6) ORDER BY created_at DESC, id DESC LIMIT $4`;

const searchText = `
  SELECT ${columns} FROM agent_memories, websearch_to_tsquery('english', $4) AS query
  WHERE ${isOwned} AND words @@ query ORDER BY ts_rank(words, query, 1) DESC, created_at DESC, id LIMIT $5`;

// Any of the words will do, and the more of them the better.
const rankText = `
  WITH asked AS (
    SELECT string_agg('''' || replace(replace(lexeme, '\\', '\\\\'), '''', '''''') || '''', ' | ')::tsquery AS query
    FROM (SELECT lexeme FROM unnest(to_tsvector('english', $4)) ORDER BY cardinality(positions) DESC, lexeme LIMIT $6) AS words
  )
  SELECT id FROM agent_memories, asked WHERE ${isOwned} AND words @@ query
  ORDER BY ts_rank(words, query, 1) DESC, created_at DESC, id LIMIT $5`;

const markText = `
  UPDATE agent_memories SET recalled = recalled + 1, recalled_at = clock_timestamp() WHERE ${isOwned} AND id = ANY ($4)`;

const namedText = `SELECT ${columns} FROM agent_memories WHERE ${isOwned} AND id = ANY ($4) ORDER BY array_position($4, id)`;

// Leaps from workspace to workspace: there are few of them, and their memories may be many. Waits for nobody: another sweep comes.
const expiredText = `
  WITH RECURSIVE found AS (
    (SELECT workspace FROM agent_memories ORDER BY workspace LIMIT 1)
    UNION ALL
    SELECT next.workspace FROM found, LATERAL (
      SELECT workspace FROM agent_memories WHERE workspace > found.workspace ORDER BY workspace LIMIT 1) AS next
  ), kept AS (
    SELECT workspace, make_interval(days => coalesce((options ->> 'memory.days')::int, $1)) AS span
    FROM found LEFT JOIN workspace_settings USING (workspace)
  ), expired AS (
    SELECT m.* FROM kept, LATERAL (
      SELECT workspace, agent_workspace, agent, id FROM agent_memories
      WHERE workspace = kept.workspace AND created_at < now() - span FOR UPDATE SKIP LOCKED) AS m
  )
  DELETE FROM agent_memories AS m USING expired
  WHERE m.workspace = expired.workspace AND m.agent_workspace = expired.agent_workspace AND m.agent = expired.agent AND m.id = expired.id`;
