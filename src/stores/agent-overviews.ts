import type { AgentOverview } from '../contracts/ports/agent-registry';
import type { AgentDefinition } from '../domain/agents/agent';
import { mustBeSeen } from '../domain/agents/status';
import { breakerState } from '../domain/health/breaker-state';
import type { Breaker } from '../domain/health/circuit-breaker';
import { milliseconds } from './milliseconds';

/** A row of an agent with its room and its record. */
export interface OverviewRow {
  workspace: string;
  definition: AgentDefinition;
  draining: boolean;
  revision: number;
  createdAt: number;
  updatedAt: number;
  running: number;
  succeeded: number;
  failed: number;
  is_online: boolean | null;
  seen_at: number | null;
  breaker: Breaker | null;
}

export const selectOverview = (definition: string): string => `
  SELECT agents.workspace, ${definition} AS definition, agents.draining OR coalesce(hosts.draining, false) AS draining, revision,
         ${milliseconds('agents.created_at')} AS "createdAt", ${milliseconds('agents.updated_at')} AS "updatedAt",
         coalesce(running, 0) AS running, coalesce(total_succeeded, 0) AS succeeded, coalesce(total_failed, 0) AS failed,
         coalesce(hosts.is_online, presence.is_online) AS is_online, ${milliseconds('coalesce(hosts.seen_at, presence.seen_at)')} AS seen_at, breaker`;

export function overviewOf({
  definition,
  succeeded,
  failed,
  is_online,
  seen_at,
  breaker,
  ...rest
}: OverviewRow): AgentOverview {
  const state = breakerState(breaker);
  return {
    ...definition,
    ...rest,
    record: { succeeded, failed },
    ...(mustBeSeen(definition) && { presence: { isOnline: is_online === true, lastSeenAt: seen_at } }),
    ...(state && { breaker: state }),
  };
}

/** `$1` is who looks: the record is of what the agent did for it. */
export const withRoomAndRecord = `
  LEFT JOIN agent_room ON agent_room.workspace = agents.workspace AND agent_room.agent = agents.name
  LEFT JOIN hosts ON hosts.workspace = agents.workspace AND hosts.name = host_of(agents.name)
  LEFT JOIN agent_presence AS presence ON presence.workspace = agents.workspace AND presence.agent = agents.name
  LEFT JOIN agent_breakers ON agent_breakers.workspace = agents.workspace AND agent_breakers.agent = agents.name
  LEFT JOIN learned_records AS record ON record.workspace = $1 AND record.agent_workspace = agents.workspace
    AND record.agent = agents.name AND record.capability = '' AND record.task_type = ''`;
