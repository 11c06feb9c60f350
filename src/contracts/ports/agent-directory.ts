import type { AgentKey } from '../../domain/agents/agent';
import type { Roster } from '../../domain/routing/roster';

/** The agents of all registries as routing reads them, kept in the process. */
export interface AgentDirectory {
  /** At most 5 minutes old, and true to all changes that were heard of. What runs is a good guess; only a locked room is certain. */
  roster(): Promise<Roster>;
  /** The definition of the agent changed, or it was removed. */
  agentChanged(agent: AgentKey): void;
  /** The agent runs so many attempts by now. */
  roomChanged(agent: AgentKey, running: number): void;
  /** Changes may have been missed: all is read again. */
  forget(): void;
  /** How often the roster was asked for, and how often it had to be read. */
  readonly counts: { asked: number; read: number };
}
