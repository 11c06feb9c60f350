import { LRUCache } from 'lru-cache';
import type { Pool } from 'pg';
import type { TextEmbedder } from '../contracts/ports/text-embedder';
import type { MemoryOwner } from '../domain/memory/memory';
import { nearestVectors } from '../domain/memory/nearest-vectors';
import { unitVector } from '../domain/memory/unit-vector';
import { inWorkspace } from './scope';
import { vectorBytes, vectorOf } from './vector-bytes';

/** Looks for memories by what they mean. */
export interface MemoryMeaning {
  /** Ids of the memories that are close to a text, the closest first. Rejects where the embedder cannot be asked. */
  nearest(owner: MemoryOwner, text: string): Promise<string[]>;
}

export interface MeaningOptions {
  embedder: TextEmbedder;
  /** Cosine, −1 to 1; what is less alike has nothing to do with the text. It depends on the model. */
  minSimilarity: number;
}

/** Embedded together with a text that is looked for, the newest first; the others with the next ones. */
const embeddedAtOnce = 64;

/** Of what embedders take at least: some thousand tokens. */
const charactersEmbedded = 8_000;

const mostFound = 50;

/** Of all agents together: a thousand vectors of 1,536 numbers have 3 MiB. */
const heldBytes = 64 * 2 ** 20;

type Vectors = ReadonlyMap<string, Int16Array>;

/**
 * Vectors are made when they are first wanted, so that nobody waits for the embedder to remember something, and memories from before there was one, or of
 * another model, get theirs too. An agent has 1,000 memories at most: all of its vectors are compared, here, without an index. What a memory says never changes,
 * nor does its vector: those that were read once are held.
 */
export function createMemoryMeaning(pool: Pool, { embedder, minSimilarity }: MeaningOptions): MemoryMeaning {
  const held = new LRUCache<string, Vectors>({ maxSize: heldBytes, sizeCalculation: bytesOf });

  /** Those that there are by now: what was forgotten meanwhile is not held any longer either. */
  const vectorsOf = async (workspace: string, key: string[]): Promise<Vectors> => {
    const scope = inWorkspace(pool, workspace);
    const { rows } = await scope.query<{ id: string }>({ name: 'ids-of-vectors', text: idsText, values: key });
    const known = held.get(JSON.stringify(key));
    const unknown = rows.map(({ id }) => id).filter((id) => !known?.has(id));
    const read = new Map<string, Int16Array>();
    if (unknown.length > 0) {
      const values = [...key, unknown];
      const found = await scope.query<VectorRow>({ name: 'vectors-of-memories', text: vectorsText, values });
      for (const { id, embedding } of found.rows) read.set(id, vectorOf(embedding));
    }
    const vectors = new Map(
      rows.flatMap(({ id }) => {
        const vector = known?.get(id) ?? read.get(id);
        return vector ? [[id, vector] as const] : [];
      }),
    );
    held.set(JSON.stringify(key), vectors);
    return vectors;
  };

  return {
    nearest: async ({ workspace, agent }, text) => {
      const key = [workspace, agent.workspace, agent.name, embedder.model];
      const { rows: missing } = await inWorkspace(pool, workspace).query<{ id: string; text: string }>({
        name: 'memories-without-vectors',
        text: missingText,
        values: [...key, embeddedAtOnce],
      });
      const texts = [text, ...missing.map((memory) => memory.text)].map((one) => one.slice(0, charactersEmbedded));
      const [asked = new Int16Array(), ...made] = (await embedder.embed(texts)).map(unitVector);
      if (missing.length > 0) {
        const values = [...key, missing.map(({ id }) => id), made.map(vectorBytes)];
        await inWorkspace(pool, workspace).query({ name: 'store-vectors', text: storeText, values });
      }
      return nearestVectors(asked, await vectorsOf(workspace, key), { minSimilarity, most: mostFound });
    },
  };
}

interface VectorRow {
  id: string;
  embedding: Buffer;
}

function bytesOf(vectors: Vectors): number {
  return [...vectors.values()].reduce((sum, { byteLength }) => sum + byteLength, 1);
}

const isOwned = 'workspace = $1 AND agent_workspace = $2 AND agent = $3';

// Looked up for each memory: as NOT EXISTS it would be a join, which compares each with each (pool.ts).
const missingText = `
  SELECT id, text FROM agent_memories AS memory
  WHERE ${isOwned} AND $4 IS DISTINCT FROM (
    SELECT model FROM memory_embeddings AS made WHERE made.workspace = $1 AND made.agent_workspace = $2 AND made.agent = $3 AND made.id = memory.id)
  ORDER BY created_at DESC, id LIMIT $5`;

// What was forgotten meanwhile has no vector.
const storeText = `
  INSERT INTO memory_embeddings (workspace, agent_workspace, agent, id, model, embedding)
  SELECT $1, $2, $3, id, $4, embedding FROM unnest($5::text[], $6::bytea[]) AS made (id, embedding)
  WHERE EXISTS (SELECT FROM agent_memories AS memory
                WHERE memory.workspace = $1 AND memory.agent_workspace = $2 AND memory.agent = $3 AND memory.id = made.id FOR KEY SHARE)
  ORDER BY id
  ON CONFLICT (workspace, agent_workspace, agent, id) DO UPDATE SET model = excluded.model, embedding = excluded.embedding`;

const idsText = `SELECT id FROM memory_embeddings WHERE ${isOwned} AND model = $4`;

const vectorsText = `SELECT id, embedding FROM memory_embeddings WHERE ${isOwned} AND model = $4 AND id = ANY ($5)`;
