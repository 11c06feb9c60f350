import type { AgentDefinition, AgentKey } from '../../domain/agents/agent';

/** Where agent workers read the agents of registries from. */
export interface AgentSource {
  /** As the agent is defined now. Throws AGENT_NOT_FOUND, SECRET_NOT_FOUND and SECRET_UNREADABLE. */
  resolve(agent: AgentKey): Promise<ResolvedAgent>;
}

export interface ResolvedAgent {
  definition: AgentDefinition;
  /** The values of the secrets that its settings refer to, by name: not to be stored, logged or shown. */
  secrets: ReadonlyMap<string, string>;
}
