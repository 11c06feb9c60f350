import type { AgentKey } from '../../domain/agents/agent';
import type { Page } from './page';

/** Tokens by which agents say who they are. Only hashes are stored. */
export interface AgentTokenStore {
  /** In place of one with its id. Throws AGENT_NOT_FOUND. */
  add(agent: AgentKey, token: { id: string; hash: Buffer; expiresAt: number | null }): Promise<void>;
  /** By agent, oldest first; of one agent, a page too. */
  list(workspace: string, agent?: string, page?: Page<[createdAt: number, id: string]>): Promise<AgentTokenOverview[]>;
  /** False where the workspace has no such token. */
  revoke(workspace: string, id: string): Promise<boolean>;
  find(id: string): Promise<StoredAgentToken | undefined>;
}

export interface StoredAgentToken {
  agent: AgentKey;
  /** SHA-256 of the whole token. */
  hash: Buffer;
  /** Milliseconds since 1970; null for never. */
  expiresAt: number | null;
}

export interface AgentTokenOverview {
  id: string;
  agent: string;
  /** Milliseconds since 1970. */
  createdAt: number;
  expiresAt: number | null;
}
