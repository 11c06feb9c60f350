/** Whether an agent takes work: it is told not to, does not come for it, has no room now, or does. */
export type AgentStatus = 'draining' | 'offline' | 'busy' | 'online';

export function agentStatus(agent: {
  draining: boolean;
  running: number;
  maxConcurrent: number;
  presence?: { isOnline: boolean };
}): AgentStatus {
  if (agent.draining) return 'draining';
  if (agent.presence?.isOnline === false) return 'offline';
  return agent.running >= agent.maxConcurrent ? 'busy' : 'online';
}
