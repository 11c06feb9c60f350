import type { AgentDefinition, AgentKey, AgentRecord, Capability, CostRates } from '../agents/agent';

/** What routing reads of an agent. */
export interface AgentProfile extends AgentKey {
  /** Type of its connector. */
  connector: string;
  capabilities: Capability[];
  tags: string[];
  cost: CostRates;
  shared: boolean;
  draining: boolean;
  /** Nobody is there to do its work. */
  isOffline: boolean;
  maxConcurrent: number;
  /** Attempts in flight, whatever sessions and workspaces they are of. */
  running: number;
  /** The room of its host, which it shares with the other agents there. */
  hostRoom?: Room;
  record: AgentRecord;
}

/** Places for attempts. */
export interface Room {
  maxConcurrent: number;
  running: number;
}

export const emptyRecord: AgentRecord = { succeeded: 0, failed: 0, logDurationSum: 0, logDurationSquareSum: 0 };

export function profileOf(
  agent: AgentDefinition & AgentKey & { draining: boolean },
  running: number,
  record: AgentRecord = emptyRecord,
): AgentProfile {
  const { workspace, name, connector, capabilities, tags, cost, shared, draining, maxConcurrent } = agent;
  return {
    workspace,
    name,
    connector: connector.connector,
    capabilities,
    tags,
    cost,
    shared,
    draining,
    isOffline: false,
    maxConcurrent,
    running,
    record,
  };
}
