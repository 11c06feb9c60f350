import type { Pool } from 'pg';
import type { TextEmbedder } from '../contracts/ports/text-embedder';
import type { MemoryOwner } from '../domain/memory/memory';
import { inWorkspace } from './scope';

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

/**
 * Vectors are made when they are first wanted, so that nobody waits for the embedder to remember something, and memories from before there was one, or of
 * another model, get theirs too. An agent has 1,000 memories at most: all of its vectors are compared, without an index.
 */
export function createMemoryMeaning(pool: Pool, { embedder, minSimilarity }: MeaningOptions): MemoryMeaning {
  return {
    nearest: async ({ workspace, agent }, text) => {
      const key = [workspace, agent.workspace, agent.name];
      const { rows: missing } = await inWorkspace(pool, workspace).query<{ id: string; text: string }>(missingText, [
        ...key,
        embedder.model,
        embeddedAtOnce,
      ]);
      const texts = [text, ...missing.map((memory) => memory.text)].map((one) => one.slice(0, charactersEmbedded));
      const [asked = [], ...vectors] = (await embedder.embed(texts)).map(ofLengthOne);
      if (missing.length > 0) {
        const made = missing.map(({ id }, at) => ({ id, embedding: vectors[at] }));
        await inWorkspace(pool, workspace).query(storeText, [...key, embedder.model, JSON.stringify(made)]);
      }
      const { rows } = await inWorkspace(pool, workspace).query<{ id: string }>(nearestText, [
        ...key,
        embedder.model,
        asked,
        minSimilarity,
        mostFound,
      ]);
      return rows.map(({ id }) => id);
    },
  };
}

/** Then the sum of products is the cosine. */
function ofLengthOne(vector: readonly number[]): number[] {
  const length = Math.hypot(...vector);
  return length === 0 ? [...vector] : vector.map((part) => part / length);
}

const missingText = `
  SELECT id, text FROM agent_memories AS memory
  WHERE workspace = $1 AND agent_workspace = $2 AND agent = $3 AND NOT EXISTS (
    SELECT FROM memory_embeddings AS made WHERE made.workspace = $1 AND made.agent_workspace = $2 AND made.agent = $3 AND made.id = memory.id
      AND made.model = $4)
  ORDER BY created_at DESC, id LIMIT $5`;

// What was forgotten meanwhile has no vector.
const storeText = `
  INSERT INTO memory_embeddings (workspace, agent_workspace, agent, id, model, embedding)
  SELECT $1, $2, $3, id, $4, ARRAY(SELECT part::real FROM jsonb_array_elements_text(embedding) WITH ORDINALITY AS x (part, place) ORDER BY place)
  FROM jsonb_to_recordset($5) AS made (id text, embedding jsonb)
  WHERE EXISTS (SELECT FROM agent_memories AS memory
                WHERE memory.workspace = $1 AND memory.agent_workspace = $2 AND memory.agent = $3 AND memory.id = made.id FOR KEY SHARE)
  ORDER BY id
  ON CONFLICT (workspace, agent_workspace, agent, id) DO UPDATE SET model = excluded.model, embedding = excluded.embedding`;

const nearestText = `
  SELECT id FROM memory_embeddings, LATERAL (
    SELECT sum(part * wanted) AS similarity FROM unnest(embedding, $5::real[]) AS x (part, wanted)) AS compared
  WHERE workspace = $1 AND agent_workspace = $2 AND agent = $3 AND model = $4
    AND cardinality(embedding) = cardinality($5::real[]) AND similarity >= $6
  ORDER BY similarity DESC, id LIMIT $7`;
