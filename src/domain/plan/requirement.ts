import { agentType } from '../agents/agent-type';
import { canonicalJson } from '../canonical-json';
import { taskOfAnonymousAgent } from './names';
import type { AgentChoice, AgentRequirement, AgentSpec, Plan } from './plan';

/** Whether an agent has the capability, the type, and all technologies and tags. `prefer` and `avoid` order agents, they exclude none. */
export function meetsRequirement(agent: AgentSpec, requirement: AgentRequirement): boolean {
  const { capability, type } = requirement;
  return (
    (capability === undefined || agent.capabilities.includes(capability)) &&
    (type === undefined || agentType(agent) === type) &&
    requirement.technologies.every((technology) => agent.technologies.includes(technology)) &&
    requirement.tags.every((tag) => agent.tags.includes(tag))
  );
}

/** Names of the inline agents that can take a task, best first. */
export type CandidateFinder = (choice: AgentChoice) => readonly string[];

/**
 * Finds candidates: the agent that is named; or those that meet the requirement, the preferred ones first and in their order, the avoided
 * ones last, otherwise by name. Each requirement is worked out once: plans have thousands of tasks and few requirements.
 */
export function candidateFinder(agents: Plan['agents']): CandidateFinder {
  const byName = Object.entries(agents)
    // A `run:` is for its own task, whatever others ask for.
    .filter(([name]) => taskOfAnonymousAgent(name) === undefined)
    .sort(([left], [right]) => (left < right ? -1 : 1));
  const known = new Map<string, readonly string[]>();
  return (choice) => {
    if ('name' in choice) return Object.hasOwn(agents, choice.name) ? [choice.name] : [];
    const key = canonicalJson({ ...choice });
    const found = known.get(key) ?? rankCandidates(byName, choice);
    known.set(key, found);
    return found;
  };
}

function rankCandidates(agents: [string, AgentSpec][], requirement: AgentRequirement): string[] {
  const rankOf = (name: string): number => {
    if (requirement.avoid.includes(name)) return requirement.prefer.length + 1;
    const preference = requirement.prefer.indexOf(name);
    return preference === -1 ? requirement.prefer.length : preference;
  };
  return agents
    .filter(([name, agent]) => !requirement.exclude?.includes(name) && meetsRequirement(agent, requirement))
    .map(([name]) => ({ name, rank: rankOf(name) }))
    .sort((left, right) => left.rank - right.rank)
    .map(({ name }) => name);
}
