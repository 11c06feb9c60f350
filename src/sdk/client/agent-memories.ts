import { eachRow } from './each-row';
import type { CallOptions, ChangeOptions } from './options';
import type { Requester } from './requester';
import type { Memory, NewMemory } from './types';
import { urlPath } from './url-path';

/** What agents remember of their work for the workspace. */
export class AgentMemories {
  constructor(private readonly api: Requester) {}

  /** The newest first; with `query`, what fits it best. */
  list(agent: string, filter: { query?: string; limit?: number } = {}, options?: CallOptions): Promise<Memory[]> {
    const path = urlPath`/v1/agents/${agent}/memories`;
    return this.api
      .send<{ memories: Memory[] }>({ method: 'GET', path, query: filter }, options)
      .then(({ memories }) => memories);
  }

  /** All, the newest first, page by page. */
  each(agent: string, filter: { limit?: number } = {}, options?: CallOptions): AsyncGenerator<Memory> {
    return eachRow(this.api, urlPath`/v1/agents/${agent}/memories`, 'memories', filter, options);
  }

  add(agent: string, memory: NewMemory, options?: ChangeOptions): Promise<Memory> {
    return this.api.send({ method: 'POST', path: urlPath`/v1/agents/${agent}/memories`, body: memory }, options);
  }

  /** Everything; resolves with how many there were. */
  async forgetAll(agent: string, options?: CallOptions): Promise<number> {
    const operation = { method: 'DELETE' as const, path: urlPath`/v1/agents/${agent}/memories` };
    // An earlier try may have done it, and its answer was lost.
    return (await this.api.send<{ forgotten: number } | null>(operation, options))?.forgotten ?? 0;
  }

  async forget(agent: string, memory: string, options?: CallOptions): Promise<void> {
    await this.api.send({ method: 'DELETE', path: urlPath`/v1/agents/${agent}/memories/${memory}` }, options);
  }
}
