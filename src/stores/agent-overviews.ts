import type { AgentOverview } from '../contracts/ports/agent-registry';
import type { AgentDefinition } from '../domain/agents/agent';
import { mustBeSeen } from '../domain/agents/status';
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
  isOnline: boolean | null;
  seenAt: number | null;
  succeeded: number;
  failed: number;
}

export const selectOverview = (definition: string): string => `
  SELECT agents.workspace, ${definition} AS definition, agents.draining OR coalesce(hosts.draining, false) AS draining, revision,
         ${milliseconds('agents.created_at')} AS "createdAt", ${milliseconds('agents.updated_at')} AS "updatedAt",
         coalesce(running, 0) AS running, coalesce(hosts.is_online, presence.is_online) AS "isOnline",
         ${milliseconds('coalesce(hosts.seen_at, presence.seen_at)')} AS "seenAt", coalesce(succeeded, 0) AS succeeded, coalesce(failed, 0) AS failed`;

export function overviewOf({ definition, succeeded, failed, isOnline, seenAt, ...rest }: OverviewRow): AgentOverview {
  const isOffline = mustBeSeen(definition) && isOnline !== true;
  return {
    ...definition,
    ...rest,
    ...(isOffline && { offline: { lastSeenAt: seenAt } }),
    record: { succeeded, failed },
  };
}

export const withRoomAndRecord = `
  LEFT JOIN agent_room ON agent_room.workspace = agents.workspace AND agent_room.agent = agents.name
  LEFT JOIN hosts ON hosts.workspace = agents.workspace AND hosts.name = host_of(agents.name)
  LEFT JOIN agent_presence AS presence ON presence.workspace = agents.workspace AND presence.agent = agents.name
  LEFT JOIN agent_records AS record ON record.workspace = agents.workspace AND record.agent = agents.name`;
