import type { AgentKey } from '../../domain/agents/agent';

/** Which of the agents that come for their work are there. */
export interface AgentPresenceStore {
  /** They were seen just now; whoever routes hears of those that were offline. */
  seen(agents: readonly AgentKey[]): Promise<void>;
  /** Agents and hosts that were not heard of for so long are offline from here on, each said once. */
  noteSilent(silence: { agentsMs: number; hostsMs: number }): Promise<void>;
}
