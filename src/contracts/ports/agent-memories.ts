import type { Memory, MemoryOwner, NewMemory } from '../../domain/memory/memory';

export interface FoundMemories {
  memories: Memory[];
  searchedBy: 'words' | 'words-and-meaning';
  /** Why it was not searched by meaning, where it should have been. */
  problem?: string;
}

/** What agents remember across sessions, apart for each workspace that they work for. */
export interface AgentMemoryStore {
  /**
   * What is known by now is new again, unless the request of the `seed` has said it. Where there are more than the workspace lets an agent have, those go that
   * were neither told nor recalled for longest. Throws AGENT_NOT_FOUND, and MEMORY_INVALID.
   */
  add(owner: MemoryOwner, memory: NewMemory, seed?: string): Promise<Memory>;
  /** Newest first. */
  list(owner: MemoryOwner, limit: number, after?: readonly [createdAt: number, id: string]): Promise<Memory[]>;
  /** With what people search for, as web searches understand it, best first. */
  search(owner: MemoryOwner, query: string, limit: number): Promise<FoundMemories>;
  /** Those that have most to do with a text, best first; they count as recalled. */
  recall(owner: MemoryOwner, text: string, limit: number): Promise<Memory[]>;
  /** All or none. Throws MEMORY_NOT_FOUND. */
  forget(owner: MemoryOwner, ids: readonly string[]): Promise<void>;
  /** Returns how many there were. */
  forgetAll(owner: MemoryOwner): Promise<number>;
  /** Deletes what is older than its workspace keeps memories. */
  deleteExpired(): Promise<void>;
}
