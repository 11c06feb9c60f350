import type { Connectors, ProbeReport } from '../../contracts/ports/connector';
import type { ProgramRunner } from '../../contracts/ports/program-runner';
import type { AgentDefinition } from '../../domain/agents/agent';
import { isRemoteConnector } from '../../domain/agents/agent';
import { probeOf } from '../../domain/agents/agent-programs';
import type { AgentSpec } from '../../domain/plan/plan';

/** Looks whether an agent could be given work, without giving it any. Never rejects. */
export type LookAtAgent = (agent: AgentDefinition, signal: AbortSignal) => Promise<ProbeReport>;

const cannotTell: ProbeReport = { says: 'unknown', detail: 'agents of this kind cannot be looked at' };

/** `runProgram`: absent where programs of agents do not run. */
export function createLookAtAgent(connectors: Connectors, runProgram?: ProgramRunner): LookAtAgent {
  return async (definition, signal) => {
    const { connector } = definition;
    // These come for their work: whether they do is told by their presence.
    if (isRemoteConnector(connector.connector)) return cannotTell;
    const probe = probeOf(definition);
    if (probe && connector.connector === 'command' && runProgram) {
      const { exitCode, detail } = await runProgram({
        ...probe,
        env: withoutTemplates(connector.env),
        cwd: connector.cwd,
      });
      return { says: exitCode === probe.exitCode ? 'reachable' : 'unreachable', detail };
    }
    // What a definition of the registry keeps beside it (capacity, cost) is no business of a connector.
    const spec = connector as AgentSpec;
    return (await connectors[spec.connector].probe?.(spec, signal)) ?? cannotTell;
  };
}

/** What an attempt fills in is known with an attempt only. */
function withoutTemplates(env: string[] | Record<string, string>): string[] | Record<string, string> {
  if (Array.isArray(env)) return env;
  return Object.fromEntries(Object.entries(env).filter(([, value]) => !value.includes('${{')));
}
