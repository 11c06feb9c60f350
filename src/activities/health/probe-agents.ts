import type { AgentProbes, ProbeScope } from '../../contracts/ports/agent-probes';
import type { AgentRecoveries } from '../../contracts/ports/agent-recoveries';
import type { BreakerPolicy } from '../../domain/health/circuit-breaker';
import type { LookAtAgent } from './look-at-agent';

export interface ProbeDependencies {
  probes: AgentProbes;
  recoveries: Pick<AgentRecoveries, 'requestRestart' | 'alertUnreachable'>;
  look: LookAtAgent;
  policy: BreakerPolicy;
  scope: ProbeScope;
  /** Between two looks at an agent. */
  everyMs: number;
  /** An agent that has done nothing for so long is looked at. */
  idleMs: number;
  /** For an agent to answer. */
  timeLimitMs: number;
}

/** Agents that one sweep looks at. */
const perSweep = 50;

/**
 * Looks at agents in error, and at those that nothing was heard of for long; resolves with how many those were. One that cannot be reached is restarted, and
 * told of, where that is allowed.
 */
export async function probeAgents(dependencies: ProbeDependencies): Promise<number> {
  const { probes, recoveries, look, policy, scope, everyMs, idleMs, timeLimitMs } = dependencies;
  const taken = await probes.take({ scope, everyMs, idleMs, limit: perSweep });
  await Promise.all(
    taken.map(async ({ agent, definition }) => {
      const report = await look(definition, AbortSignal.timeout(timeLimitMs));
      if (report.says === 'unknown') return;
      await probes.note(agent, report, policy);
      if (report.says === 'unreachable') {
        const why = `it cannot be reached: ${report.detail}`;
        await recoveries.requestRestart(agent, why);
        await recoveries.alertUnreachable(agent, why);
      }
    }),
  );
  return taken.length;
}
