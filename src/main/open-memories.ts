import type { Pool } from 'pg';
import { createOpenAiEmbedder } from '../connectors/openai-embedder';
import type { AgentMemoryStore } from '../contracts/ports/agent-memories';
import { createAgentMemoryStore } from '../stores/agent-memories';
import { createMemoryMeaning } from '../stores/memory-meaning';
import type { Configuration } from './configuration';
import { quietly } from './report';
import type { Report } from './report';

/** The memories of agents, which are found by their meaning as well where the configuration names an embedder. */
export function openMemories(
  pool: Pool,
  { embeddings }: Pick<Configuration, 'embeddings'>,
  report: Report,
): AgentMemoryStore {
  if (!embeddings) return createAgentMemoryStore(pool);
  const { minSimilarity, ...settings } = embeddings;
  const meaning = createMemoryMeaning(pool, { embedder: createOpenAiEmbedder(settings), minSimilarity });
  return createAgentMemoryStore(pool, { meaning, onError: quietly('Memories are found by their words alone', report) });
}
