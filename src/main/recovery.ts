import { createLookAtAgent } from '../activities/health/look-at-agent';
import { probeAgents } from '../activities/health/probe-agents';
import { recoverAgents } from '../activities/health/recover-agents';
import type { ProcessGroups } from '../connectors/command/process-groups';
import { createProgramRunner } from '../connectors/command/run-program';
import type { Connectors } from '../contracts/ports/connector';
import type { Place } from '../contracts/ports/agent-recoveries';
import { createAgentProbes } from '../stores/agent-probes';
import { createAgentRecoveries } from '../stores/agent-recoveries';
import { lookWhenWoken } from '../workers/look-when-woken';
import type { WokenLook } from '../workers/look-when-woken';
import type { Installation } from './installation';

/** An agent that has done nothing for so long is looked at. */
export const idleProbeMs = 10 * 60_000;

/** For an agent to answer. */
export const probeTimeLimitMs = 5_000;

/** Looks at the agents of a place, and does what was asked for about them, where their programs run. */
export function startRecovery(
  { pool, configuration }: Pick<Installation, 'pool' | 'configuration'>,
  options: {
    place: Place;
    connectors: Connectors;
    processGroups: ProcessGroups;
    hostEnvironment: NodeJS.ProcessEnv;
    /** Aborted where this process ends. */
    ending: AbortSignal;
    onError: (error: unknown) => void;
  },
): WokenLook {
  const { place, connectors, processGroups, hostEnvironment, ending, onError } = options;
  const runProgram = createProgramRunner({ hostEnvironment, processGroups, ending });
  const shared = {
    probes: createAgentProbes(pool),
    recoveries: createAgentRecoveries(pool),
    look: createLookAtAgent(connectors, runProgram),
    policy: configuration.breaker,
    timeLimitMs: probeTimeLimitMs,
  };
  const everyMs = configuration.healthIntervalMs;
  return lookWhenWoken(async () => {
    while ((await recoverAgents({ ...shared, runProgram, place })) > 0);
    await probeAgents({ ...shared, scope: { place }, everyMs: everyMs / 2, idleMs: idleProbeMs });
    return everyMs;
  }, onError);
}
