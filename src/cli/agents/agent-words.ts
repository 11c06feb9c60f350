import type { AgentOverview } from '../../contracts/ports/agent-registry';
import { agentType } from '../../domain/agents/agent-type';
import type { AgentKey } from '../../domain/agents/agent';
import { agentStatus } from '../../domain/agents/status';
import type { AgentStatus } from '../../domain/agents/status';
import type { Style } from '../terminal/style';

/** `name`, or `workspace/name` for an agent of another workspace. */
export function agentName({ workspace, name }: AgentKey, viewer: string): string {
  return workspace === viewer ? name : `${workspace}/${name}`;
}

export function recordWords({ succeeded, failed }: AgentOverview['record']): string {
  return succeeded + failed === 0 ? '-' : `${succeeded} of ${succeeded + failed}`;
}

export function colourOfAgent(status: AgentStatus, style: Style): (text: string) => string {
  return { draining: style.yellow, offline: style.dim, busy: style.cyan, online: style.green }[status];
}

/** For programs: times as ISO texts, nothing that is secret. */
export function agentReport({ createdAt, updatedAt, running, record, presence, ...agent }: AgentOverview): object {
  return {
    ...agent,
    type: agentType(agent),
    status: agentStatus({ ...agent, running, ...(presence && { presence }) }),
    ...(presence && { lastSeenAt: presence.lastSeenAt === null ? null : new Date(presence.lastSeenAt).toISOString() }),
    running,
    record,
    createdAt: new Date(createdAt).toISOString(),
    updatedAt: new Date(updatedAt).toISOString(),
  };
}
