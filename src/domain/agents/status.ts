/** Whether an agent takes work: nobody is there to do it, it is told not to, has no room now, or does. */
export type AgentStatus = 'offline' | 'draining' | 'busy' | 'online';

export function agentStatus(agent: {
  isOffline: boolean;
  draining: boolean;
  running: number;
  maxConcurrent: number;
}): AgentStatus {
  if (agent.isOffline) return 'offline';
  if (agent.draining) return 'draining';
  return agent.running >= agent.maxConcurrent ? 'busy' : 'online';
}
