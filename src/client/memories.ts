import type { FoundMemories } from '../contracts/ports/agent-memories';
import { agentKey } from '../domain/agents/agent-ref';
import { memoryOwner } from '../domain/memory/memory';
import type { Memory, MemoryOwner, NewMemory } from '../domain/memory/memory';
import type { ClientDependencies } from './client-dependencies';

/** What agents remember of their work for the workspace of the client. Agents are named as anywhere: `ada`, or `acme/ada` for one that is shared. */
export class Memories {
  constructor(private readonly dependencies: Pick<ClientDependencies, 'memories' | 'workspace'>) {}

  /** The same again is new again, unless the request of the `seed` has said it. Throws AGENT_NOT_FOUND and MEMORY_INVALID. */
  add(agent: string, memory: NewMemory, seed?: string): Promise<Memory> {
    return this.dependencies.memories.add(this.owner(agent), memory, seed);
  }

  /** Newest first; behind the one that was made then and has this id. */
  list(agent: string, limit: number, after?: readonly [createdAt: number, id: string]): Promise<Memory[]> {
    return this.dependencies.memories.list(this.owner(agent), limit, after);
  }

  /** Best first. Words, `"words in a row"`, `or`, and `-` before words that must not be there. */
  search(agent: string, query: string, limit: number): Promise<FoundMemories> {
    return this.dependencies.memories.search(this.owner(agent), query, limit);
  }

  /** All or none. Throws MEMORY_NOT_FOUND. */
  forget(agent: string, ids: readonly string[]): Promise<void> {
    return this.dependencies.memories.forget(this.owner(agent), ids);
  }

  /** Returns how many there were. */
  forgetAll(agent: string): Promise<number> {
    return this.dependencies.memories.forgetAll(this.owner(agent));
  }

  private owner(agent: string): MemoryOwner {
    const { workspace } = this.dependencies;
    return memoryOwner(workspace, agentKey(agent, workspace));
  }
}
