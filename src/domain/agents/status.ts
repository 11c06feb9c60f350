import type { BreakerState } from '../health/breaker-state';
import { isRemoteConnector } from './agent';
import type { AgentDefinition } from './agent';
import { splitInstance } from './agent-ref';

/** Whether an agent takes work: it is told not to, nobody is there to do it, its circuit breaker is not closed, it has no room now, or does. */
export type AgentStatus = 'draining' | 'offline' | 'error' | 'busy' | 'online';

/** When it was last seen, in milliseconds since 1970; null for never. */
export interface Offline {
  lastSeenAt: number | null;
}

export function agentStatus(agent: {
  draining: boolean;
  running: number;
  maxConcurrent: number;
  presence?: { isOnline: boolean };
  breaker?: BreakerState;
}): AgentStatus {
  if (agent.draining) return 'draining';
  if (agent.presence?.isOnline === false) return 'offline';
  if (agent.breaker) return 'error';
  return agent.running >= agent.maxConcurrent ? 'busy' : 'online';
}

/** Whether somebody has to be there for it: it comes for its work, or lives on a host. Others are started or called when there is work. */
export function mustBeSeen({ name, connector }: Pick<AgentDefinition, 'name' | 'connector'>): boolean {
  return isRemoteConnector(connector.connector) || splitInstance(name).host !== undefined;
}
