import type { AgentKey } from '../../domain/agents/agent';

/** What came of work that went from one agent to another: attempts of the agent that took it over. */
export interface Handover {
  agent: AgentKey;
  succeeded: number;
  failed: number;
  /** 0–1: how often the next one is expected to succeed. */
  strength: number;
  /** Milliseconds since 1970. */
  lastAt: number;
}

/** The most frequent ones first. */
export interface AgentRelationships {
  /** Agents whose results the agent went on with, and how its own attempts came out. */
  tookOverFrom: Handover[];
  /** Agents that went on with its results, and how their attempts came out. */
  handedOverTo: Handover[];
}

export interface AgentRelationshipReader {
  /** In the sessions of the workspace; only of agents of the registry. */
  of(workspace: string, agent: AgentKey): Promise<AgentRelationships>;
}
