import type { Offline } from '../agents/status';
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
  /** While nobody is there to do its work. */
  offline?: Offline;
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

/** Whether it is given new work at all, room or not. */
export function takesWork({ draining, offline }: AgentProfile): boolean {
  return !draining && !offline;
}

export const emptyRecord: AgentRecord = { succeeded: 0, failed: 0, logDurationSum: 0, logDurationSquareSum: 0 };

export function profileOf(
  agent: AgentDefinition & AgentKey & { draining: boolean; offline?: Offline },
  running: number,
  record: AgentRecord = emptyRecord,
): AgentProfile {
  const { workspace, name, connector, capabilities, tags, cost, shared, draining, offline, maxConcurrent } = agent;
  return {
    workspace,
    name,
    connector: connector.connector,
    capabilities,
    tags,
    cost,
    shared,
    draining,
    ...(offline && { offline }),
    maxConcurrent,
    running,
    record,
  };
}
