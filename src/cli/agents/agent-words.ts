import type { AgentOverview } from '../../contracts/ports/agent-registry';
import { agentType } from '../../domain/agents/agent-type';
import type { AgentKey } from '../../domain/agents/agent';
import { agentStatus } from '../../domain/agents/status';
import type { AgentStatus } from '../../domain/agents/status';
import type { BreakerState } from '../../domain/health/breaker-state';
import type { Style } from '../terminal/style';

/** `name`, or `workspace/name` for an agent of another workspace. */
export function agentName({ workspace, name }: AgentKey, viewer: string): string {
  return workspace === viewer ? name : `${workspace}/${name}`;
}

export function recordWords({ succeeded, failed }: AgentOverview['record']): string {
  return succeeded + failed === 0 ? '-' : `${succeeded} of ${succeeded + failed}`;
}

export function colourOfAgent(status: AgentStatus, style: Style): (text: string) => string {
  return { draining: style.yellow, offline: style.dim, error: style.red, busy: style.cyan, online: style.green }[
    status
  ];
}

function breakerReport(breaker: BreakerState): object {
  if (breaker.state === 'half-open' || breaker.until === null) return breaker;
  return { ...breaker, until: new Date(breaker.until).toISOString() };
}

/** For programs: times as ISO texts, nothing that is secret. */
export function agentReport({
  createdAt,
  updatedAt,
  running,
  record,
  presence,
  breaker,
  ...agent
}: AgentOverview): object {
  return {
    ...agent,
    type: agentType(agent),
    status: agentStatus({ ...agent, running, ...(presence && { presence }), ...(breaker && { breaker }) }),
    ...(presence && { lastSeenAt: presence.lastSeenAt === null ? null : new Date(presence.lastSeenAt).toISOString() }),
    ...(breaker && { breaker: breakerReport(breaker) }),
    running,
    record,
    createdAt: new Date(createdAt).toISOString(),
    updatedAt: new Date(updatedAt).toISOString(),
  };
}
