import type { AgentDirectory } from '../contracts/ports/agent-directory';
import { FaultyValue } from '../domain/faulty-value';
import type { AgentNeed } from '../domain/plan/agent-needs';
import { assign } from '../domain/routing/assign';
import { routingRequirement } from '../domain/routing/routing-requirement';

/** Throws PLAN_INVALID where the registry has no agent for what a plan needs of it; whether one has room is of no account. */
export async function checkAgents(
  directory: AgentDirectory,
  workspace: string,
  needs: readonly AgentNeed[],
): Promise<void> {
  if (needs.length === 0) return;
  // Somebody who has just registered an agent wants to use it.
  directory.forget();
  const roster = await directory.roster();
  const faults = needs.flatMap(({ place, choice, path }) => {
    const requirement = routingRequirement(choice);
    if (roster.candidatesFor(requirement, workspace).length > 0) return [];
    const [answer] = assign(roster, [{ workspace, requirement }]);
    if (answer?.kind !== 'wait') return [];
    const detail = `no agent of the plan will do, and none of the registry: ${answer.message}`;
    return [{ place, path, detail }];
  });
  if (faults.length === 0) return;
  const lines = faults.map(({ place, detail }) => `${place}: ${detail}`).join('\n');
  throw new FaultyValue(
    'PLAN_INVALID',
    `The plan cannot be run:\n${lines}\nSee \`orchestra agents list\`; \`orchestra agents add\` registers an agent.`,
    faults.flatMap(({ path, detail }) => (path ? [{ path, detail }] : [])),
  );
}
