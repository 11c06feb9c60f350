import type { AgentKey } from '../../domain/agents/agent';
import type { AgentEvent } from '../../domain/health/agent-event';
import type { BreakerPolicy } from '../../domain/health/circuit-breaker';

/** The circuit breakers of the agents of all registries, and what became of agents. */
export interface AgentBreakers {
  /** Takes in what has become of attempts and the time that has passed, of agents that nobody else has at hand now. */
  judge(policy: BreakerPolicy, limit: number): Promise<JudgedBreakers>;
  /** Gives the agent no work until it is reset; once for a `seed`, which is of the request. `by`: who does, for its events. Throws AGENT_NOT_FOUND. */
  quarantine(agent: AgentKey, why: string, by?: string, seed?: string): Promise<void>;
  /** Closes the breaker of the agent; once for a `seed`. Throws AGENT_NOT_FOUND. */
  reset(agent: AgentKey, by?: string, seed?: string): Promise<void>;
  /** What became of the agent, latest first. */
  events(agent: AgentKey, limit: number, after?: readonly [nr: number]): Promise<NotedAgentEvent[]>;
  /** Those of agents that are older than 30 days. */
  deleteOldEvents(): Promise<void>;
}

export interface JudgedBreakers {
  /** Agents whose breakers opened, half-opened or closed. */
  changed: AgentKey[];
  /** There is more to judge by now. */
  again: boolean;
  /** Until one has to be looked at again; Infinity where none has. */
  nextInMs: number;
}

export interface NotedAgentEvent extends AgentEvent {
  /** Higher for what came later. */
  nr: number;
  /** Milliseconds since 1970. */
  at: number;
}
