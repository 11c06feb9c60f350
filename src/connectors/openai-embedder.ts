import type { TextEmbedder } from '../contracts/ports/text-embedder';
import { exchange } from './http/exchange';

export interface EmbedderSettings {
  /** Of `/v1/embeddings` itself. */
  url: string;
  model: string;
  key?: string;
  /** 3 s by default: who waits is an attempt that is about to begin. */
  timeoutMs?: number;
}

const answerLimitBytes = 16 * 1024 * 1024;

/** Speaks OpenAI's format of `/v1/embeddings`, as many servers do. */
export function createOpenAiEmbedder({ url, model, key, timeoutMs = 3_000 }: EmbedderSettings): TextEmbedder {
  return {
    model,
    embed: async (texts) => {
      const { status, body, oversized } = await exchange({
        method: 'POST',
        url: new URL(url),
        headers: {
          'content-type': 'application/json',
          ...(key !== undefined && { authorization: `Bearer ${key}` }),
        },
        body: JSON.stringify({ model, input: texts, encoding_format: 'float' }),
        limitBytes: answerLimitBytes,
        signal: AbortSignal.timeout(timeoutMs),
      });
      if (status !== 200) throw new Error(`the embedder answered HTTP ${status}`);
      const vectors = oversized ? undefined : vectorsIn(body.toString('utf8'), texts.length);
      if (!vectors) throw new Error('the embedder answered something else than embeddings');
      return vectors;
    },
  };
}

/** In the order of their `index`; undefined where the answer is not what it should be. */
function vectorsIn(body: string, count: number): number[][] | undefined {
  let data: unknown;
  try {
    ({ data } = JSON.parse(body) as { data?: unknown });
  } catch {
    return undefined;
  }
  if (!Array.isArray(data) || data.length !== count) return undefined;
  const vectors: number[][] = [];
  for (const entry of data as { index?: unknown; embedding?: unknown }[]) {
    const { index, embedding } = entry ?? {};
    if (typeof index !== 'number' || !Array.isArray(embedding) || !embedding.every(Number.isFinite)) return undefined;
    vectors[index] = embedding as number[];
  }
  const length = vectors[0]?.length ?? 0;
  const isWhole = Array.from({ length: count }, (_, at) => vectors[at]?.length === length && length > 0);
  return isWhole.every(Boolean) ? vectors : undefined;
}
