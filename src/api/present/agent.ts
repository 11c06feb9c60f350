import type { z } from 'zod';
import type { AgentOverview } from '../../contracts/ports/agent-registry';
import type { agent, agentWithDefinition } from '../../contracts/schemas/api/agent';
import { isoTime } from '../../contracts/schemas/api/common';
import { agentEtag } from '../../contracts/schemas/etags';
import { writeAgentDefinition } from '../../contracts/schemas/write-agent-definition';
import { agentType } from '../../domain/agents/agent-type';
import { agentStatus } from '../../domain/agents/status';
import { breakerWords } from '../../domain/health/breaker-state';

export function presentAgent(overview: AgentOverview): z.input<typeof agent> {
  const { name, workspace, description = null, capabilities, tags, maxConcurrent, running, cost, shared } = overview;
  const { succeeded, failed } = overview.record;
  return {
    name,
    workspace,
    description,
    type: agentType(overview),
    status: agentStatus(overview),
    capabilities: capabilities.map((one) => ({ ...one })),
    tags,
    maxConcurrent,
    running,
    record: { succeeded, failed },
    cost: { ...cost },
    shared,
    draining: overview.draining,
    lastSeenAt: isoTime(overview.presence?.lastSeenAt ?? null),
    why: overview.breaker ? breakerWords(overview.breaker) : null,
    revision: overview.revision,
    createdAt: isoTime(overview.createdAt),
    updatedAt: isoTime(overview.updatedAt),
    etag: agentEtag(overview),
  };
}

/** How an agent is reached, and what it is told, is for its own workspace only. */
export function presentWhole(overview: AgentOverview, viewer: string): z.input<typeof agentWithDefinition> {
  const definition = overview.workspace === viewer ? writeAgentDefinition(overview) : null;
  return { ...presentAgent(overview), definition };
}

export function agentUrl(name: string): string {
  return `/v1/agents/${encodeURIComponent(name)}`;
}
