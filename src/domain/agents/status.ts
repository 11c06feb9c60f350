/** Whether an agent takes work: it is told not to, has no room now, or does. */
export type AgentStatus = 'draining' | 'busy' | 'online';

export function agentStatus(agent: { draining: boolean; running: number; maxConcurrent: number }): AgentStatus {
  if (agent.draining) return 'draining';
  return agent.running >= agent.maxConcurrent ? 'busy' : 'online';
}
