import type { AgentDirectory } from '../contracts/ports/agent-directory';
import type { PlanStore } from '../contracts/ports/plan-store';
import { agentKey } from '../domain/agents/agent-ref';
import { agentType } from '../domain/agents/agent-type';

/** What kind of agent does an attempt, by the name it has in its session. */
export type TypeOfAgent = (session: { workspace: string; planHash: string }, agent: string) => Promise<string>;

/** `directory`: not the one whose hits are counted. */
export function typesOfAgents(plans: PlanStore, directory: Pick<AgentDirectory, 'roster'>): TypeOfAgent {
  return async ({ workspace, planHash }, agent) => {
    const { plan } = await plans.load(workspace, planHash);
    const spec = plan.agents[agent];
    if (spec) return agentType(spec);
    const roster = await directory.roster();
    return roster.entry(agentKey(agent, workspace))?.profile.type ?? 'unknown';
  };
}
