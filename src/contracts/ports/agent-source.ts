import type { AgentDefinition, AgentKey } from '../../domain/agents/agent';

/** Where agent workers read the agents of registries from. */
export interface AgentSource {
  /** As the agent is defined now. Throws AGENT_NOT_FOUND. */
  resolve(agent: AgentKey): Promise<AgentDefinition>;
}
