import type { AgentKey } from '../../domain/agents/agent';
import type { AgentEvent } from '../../domain/health/agent-event';
import type { Unusual } from '../../domain/health/behaviour/behaviour';

/** How the agents of all registries do, against their own past. */
export interface AgentBehaviours {
  /**
   * Takes in, once, what attempts of at most so many agents came to up to five seconds ago, of agents that nobody else has at hand; `again`: there may be more.
   * An agent that is looked at first begins with its latest outcomes.
   */
  observe(limit: number): Promise<{ changed: { agent: AgentKey; event: AgentEvent }[]; again: boolean }>;
  /** In what the agent is unlike its past. */
  unusual(agent: AgentKey): Promise<Pick<Unusual, 'since' | 'why'>[]>;
}
