import type { AgentKey } from '../../domain/agents/agent';
import type { Roster } from '../../domain/routing/roster';
import type { WorkspaceSettings } from '../../domain/settings/workspace-settings';

/** What routing reads, kept in the process: the agents of all registries, and the settings of workspaces. */
export interface AgentDirectory {
  /** At most 5 minutes old, and true to all changes that were heard of. What runs, and what was started, is a good guess; only what is locked is certain. */
  roster(): Promise<Roster>;
  /** At most 5 minutes old, and true to all changes that were heard of. */
  settings(workspace: string): Promise<WorkspaceSettings>;
  /** The definition of the agent changed, or it was removed. */
  agentChanged(agent: AgentKey): void;
  /** The agent runs so many attempts by now. */
  roomChanged(agent: AgentKey, running: number): void;
  /** Something was learnt of the agent. */
  recordChanged(agent: AgentKey): void;
  /** An account of starts came to so much. */
  startsChanged(account: string, used: number): void;
  settingsChanged(workspace: string): void;
  /** Changes may have been missed: all is read again. */
  forget(): void;
  /** How often something was asked for, and how often it had to be read. */
  readonly counts: { asked: number; read: number };
}
