import type { AgentKey } from '../../domain/agents/agent';
import type { Page } from './page';

export interface SecretName {
  name: string;
  /** Of the key that the value is encrypted with. */
  keyId: string;
}

/** Values that agents refer to as `${{ secrets.NAME }}`, stored encrypted. */
export interface AgentSecrets {
  /** Throws AGENT_NOT_FOUND. */
  set(agent: AgentKey, name: string, value: string): Promise<void>;
  /** Names, and the keys that the values are encrypted with; never the values. Throws AGENT_NOT_FOUND. */
  list(agent: AgentKey, page?: Page<[name: string]>): Promise<SecretName[]>;
  /** Throws AGENT_NOT_FOUND and SECRET_NOT_FOUND. */
  remove(agent: AgentKey, name: string): Promise<void>;
  /** The values, for an attempt that is about to run: to be handed on to the agent, and not to be stored, logged or shown. Throws SECRET_NOT_FOUND and SECRET_UNREADABLE. */
  reveal(agent: AgentKey, names: readonly string[]): Promise<Map<string, string>>;
  /**
   * Encrypts all secrets of a workspace with the current key, all or none; returns how many had another one. `seed`: of the request; how many had when the
   * same one came first. Throws SECRET_UNREADABLE.
   */
  rotate(workspace: string, seed?: string): Promise<number>;
}
