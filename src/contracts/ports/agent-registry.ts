import type { AgentDefinition, AgentKey, AgentRecord, RegisteredAgent } from '../../domain/agents/agent';
import type { BreakerState } from '../../domain/health/breaker-state';
import type { IfMatch } from '../../domain/if-match';

/** A registered agent with what it does now and has done. */
export interface AgentOverview extends RegisteredAgent {
  /** Attempts in flight. */
  running: number;
  record: Pick<AgentRecord, 'succeeded' | 'failed'>;
  /** Of an agent that comes for its work, or lives on a host. */
  presence?: AgentPresence;
  /** While its circuit breaker is not closed. */
  breaker?: BreakerState;
}

export interface AgentPresence {
  isOnline: boolean;
  /** Milliseconds since 1970; null for never. */
  lastSeenAt: number | null;
}

export interface AgentFilter {
  /** Words that name, description, capabilities, technologies and tags must have together, as parts of words, in any case. */
  query?: string;
  capability?: string;
  technology?: string;
  tag?: string;
  /** See domain/agents/agent-type.ts. */
  type?: string;
  limit: number;
  /** The last agent of the page before. */
  after?: AgentKey;
}

/** What is left out stays as it is; null takes it away. */
export type AgentChanges = Partial<Omit<AgentDefinition, 'name' | 'rateLimit'> & { rateLimit: string | null }>;

/** The agents of workspaces. A workspace sees the shared agents of others, and changes only its own. */
export interface AgentRegistry {
  /** All or none. `seed`: of the request; what the same one has added is added. Throws AGENT_EXISTS. */
  add(workspace: string, definitions: readonly AgentDefinition[], seed?: string): Promise<void>;
  /** Puts definitions in the place of those with their names, all or none. Throws AGENT_NOT_FOUND, and PRECONDITION_FAILED where one of them does not match. */
  replace(workspace: string, definitions: readonly AgentDefinition[], ifMatch?: IfMatch): Promise<void>;
  /** Throws AGENT_NOT_FOUND. */
  change(agent: AgentKey, changes: AgentChanges): Promise<void>;
  /** With its secrets and its record. Throws AGENT_NOT_FOUND, PRECONDITION_FAILED, and COMMAND_REFUSED while it has attempts in flight. */
  remove(agent: AgentKey, ifMatch?: IfMatch): Promise<void>;
  /** Whether it takes no new work; with who says so and why, for its events. `seed`: of the request; what the same one has said is said. Throws AGENT_NOT_FOUND. */
  setDraining(agent: AgentKey, draining: boolean, said?: { by: string; why?: string; seed?: string }): Promise<void>;
  /** An agent that the workspace sees. Throws AGENT_NOT_FOUND. */
  find(workspace: string, agent: AgentKey): Promise<AgentOverview>;
  /** Own and shared agents, by name and workspace, without their instructions. */
  list(workspace: string, filter: AgentFilter): Promise<AgentOverview[]>;
}
