import type { AgentProbes } from '../../contracts/ports/agent-probes';
import type { AgentRecoveries, Place, RecoveryEnd, TakenRecovery } from '../../contracts/ports/agent-recoveries';
import type { ProgramRunner } from '../../contracts/ports/program-runner';
import type { BreakerPolicy } from '../../domain/health/circuit-breaker';
import type { LookAtAgent } from './look-at-agent';

export interface RecoveryDependencies {
  recoveries: Pick<AgentRecoveries, 'take' | 'end'>;
  probes: Pick<AgentProbes, 'note'>;
  look: LookAtAgent;
  runProgram: ProgramRunner;
  policy: BreakerPolicy;
  place: Place;
  /** For an agent that is looked at to answer. */
  timeLimitMs: number;
}

const atOnce = 10;

/** Does what was asked for at this place; resolves with how much that was. */
export async function recoverAgents(dependencies: RecoveryDependencies): Promise<number> {
  const { recoveries, place } = dependencies;
  const taken = await recoveries.take(place, atOnce);
  await Promise.all(taken.map(async (one) => recoveries.end(one, await recover(one, dependencies))));
  return taken.length;
}

async function recover(
  { agent, action, definition }: TakenRecovery,
  { probes, look, runProgram, policy, timeLimitMs }: RecoveryDependencies,
): Promise<RecoveryEnd> {
  if (action === 'probe') {
    const report = await look(definition, AbortSignal.timeout(timeLimitMs));
    if (report.says !== 'unknown') await probes.note(agent, report, policy);
    return { succeeded: report.says === 'reachable', detail: report.detail };
  }
  const { restart } = definition;
  // The definition is another by now.
  if (!restart) return { succeeded: false, detail: 'its definition has no `restart` any more' };
  const { exitCode, detail } = await runProgram({ ...restart, env: [], cwd: undefined });
  return { succeeded: exitCode === 0, detail };
}
