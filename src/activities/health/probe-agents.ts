import type { AgentProbes, ProbedAgent } from '../../contracts/ports/agent-probes';
import type { Connectors, ProbeReport } from '../../contracts/ports/connector';
import { isRemoteConnector } from '../../domain/agents/agent';
import type { BreakerPolicy } from '../../domain/health/circuit-breaker';
import type { AgentSpec } from '../../domain/plan/plan';

export interface ProbeDependencies {
  probes: AgentProbes;
  connectors: Connectors;
  policy: BreakerPolicy;
  /** Between two looks at an agent. */
  everyMs: number;
  /** An agent that has done nothing for so long is looked at. */
  idleMs: number;
  /** For an agent to answer. */
  timeLimitMs: number;
}

/** Agents that one sweep looks at. */
const perSweep = 50;

/** Looks at agents in error, and at those that nothing was heard of for long; resolves with how many those were. */
export async function probeAgents({
  probes,
  connectors,
  policy,
  everyMs,
  idleMs,
  timeLimitMs,
}: ProbeDependencies): Promise<number> {
  const taken = await probes.take({ everyMs, idleMs, limit: perSweep });
  await Promise.all(
    taken.map(async (probed) => {
      const report = await probe(connectors, probed, AbortSignal.timeout(timeLimitMs));
      if (report.says !== 'unknown') await probes.note(probed.agent, report, policy);
    }),
  );
  return taken.length;
}

const cannotTell: ProbeReport = { says: 'unknown', detail: 'agents of this kind cannot be looked at' };

async function probe(connectors: Connectors, { connector }: ProbedAgent, signal: AbortSignal): Promise<ProbeReport> {
  // These come for their work: whether they do is told by their presence.
  if (isRemoteConnector(connector.connector)) return cannotTell;
  // What a definition of the registry keeps beside it (capacity, cost) is no business of a connector.
  const spec = connector as AgentSpec;
  return (await connectors[spec.connector].probe?.(spec, signal)) ?? cannotTell;
}
