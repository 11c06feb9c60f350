import type { AgentKey, ConnectorSpec } from '../../domain/agents/agent';
import type { BreakerPolicy } from '../../domain/health/circuit-breaker';
import type { ProbeReport } from './connector';

/** Which agents are to be looked at, and what was seen of them. */
export interface AgentProbes {
  /**
   * Takes agents that can be looked at and that nobody has looked at for `everyMs`: those in error, except for quarantine, and those that are idle and have
   * done nothing for `idleMs`. Nobody else takes them for that time.
   */
  take(options: { everyMs: number; idleMs: number; limit: number }): Promise<ProbedAgent[]>;
  /** One that can be reached again is given a trial at once; a trial is taken from one that cannot. Whether it can be reached is noted when it changes. */
  note(agent: AgentKey, report: ProbeReport, policy: BreakerPolicy): Promise<void>;
}

export interface ProbedAgent {
  agent: AgentKey;
  connector: ConnectorSpec;
}
