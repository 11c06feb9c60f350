import type { AgentDefinition, AgentKey } from '../../domain/agents/agent';
import type { BreakerPolicy } from '../../domain/health/circuit-breaker';
import type { Place } from './agent-recoveries';
import type { ProbeReport } from './connector';

/** Which agents are to be looked at, and what was seen of them. */
export interface AgentProbes {
  /**
   * Takes agents that can be looked at and that nobody has looked at for `everyMs`: those in error, except for quarantine, and those that are idle and have
   * done nothing for `idleMs`; none of workspaces that let agents not be looked at by themselves. Nobody else takes them for that time.
   */
  take(options: { scope: ProbeScope; everyMs: number; idleMs: number; limit: number }): Promise<ProbedAgent[]>;
  /** One that can be reached again is given a trial at once; a trial is taken from one that cannot. Whether it can be reached is noted when it changes. */
  note(agent: AgentKey, report: ProbeReport, policy: BreakerPolicy): Promise<void>;
}

export interface ProbedAgent {
  agent: AgentKey;
  definition: AgentDefinition;
}

/** `services`: agents with an address, which live on no host. Else programs that live on none, or all agents of a host. */
export type ProbeScope = 'services' | { place: Place };
