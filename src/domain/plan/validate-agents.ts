import { agentType } from '../agents/agent-type';
import { didYouMean } from '../did-you-mean';
import type { IssueList, PlanPath } from './issue';
import { taskOfAnonymousAgent } from './names';
import { canRunInline } from './inline';
import type { AgentChoice, AgentRequirement, Plan } from './plan';
import { candidateFinder } from './requirement';

type Sink = Pick<IssueList, 'add'>;

/** Agents that tasks name and the plan does not have, and requirements that none of its agents meets: the registry may have them. */
export function validateAgents(plan: Plan, issues: Sink): void {
  const findCandidates = candidateFinder(plan.agents);
  const checkName = (name: string, path: PlanPath): void => {
    if (!Object.hasOwn(plan.agents, name)) issues.add(path, () => unknownAgent(name, plan), { need: { name } });
  };
  for (const [taskName, { work, fallback }] of Object.entries(plan.tasks)) {
    const choice = work.kind === 'agent' ? work.agent : undefined;
    if (fallback !== undefined) {
      checkName(fallback, ['tasks', taskName, 'onFailure', 'fallback']);
      if (choice && 'name' in choice && choice.name === fallback) {
        issues.add(
          ['tasks', taskName, 'onFailure', 'fallback'],
          `"${fallback}" is already the agent of the task: name another one`,
        );
      }
    }
    if (plan.tasks[taskName]?.inline === true) checkInline(plan, taskName, choice, issues);
    if (!choice) continue;
    const path = ['tasks', taskName, 'agent'];
    if ('name' in choice) {
      checkName(choice.name, path);
      continue;
    }
    choice.prefer.forEach((name, index) => checkName(name, [...path, 'prefer', index]));
    choice.avoid.forEach((name, index) => checkName(name, [...path, 'avoid', index]));
    choice.exclude?.forEach((name, index) => checkName(name, [...path, 'exclude', index]));
    if (findCandidates(choice).length === 0) issues.add(path, () => unmetRequirement(choice, plan), { need: choice });
  }
}

function checkInline(plan: Plan, task: string, choice: AgentChoice | undefined, issues: Sink): void {
  const agent = choice && 'name' in choice ? plan.agents[choice.name] : undefined;
  if (choice && (!agent || canRunInline(agent))) return;
  const what = agent ? `an agent with connector ${agent.connector}` : 'a sub-plan';
  issues.add(
    ['tasks', task, 'inline'],
    `${what} cannot run inside a turn: only function, http, simulated and transform can`,
  );
}

function unknownAgent(name: string, plan: Plan): string {
  const known = namedAgents(plan);
  const hint =
    known.length === 0 ? ': the plan has no agents, add it under "agents" or register it' : didYouMean(name, known);
  return `the plan has no agent "${name}"${hint}`;
}

function unmetRequirement(requirement: AgentRequirement, plan: Plan): string {
  const { capability, type, technologies, tags, exclude = [] } = requirement;
  const left = namedAgents(plan).filter((name) => !exclude.includes(name));
  const agents = left.flatMap((name) => plan.agents[name] ?? []);
  const besides = exclude.length > 0 ? ` besides ${exclude.join(', ')}` : '';
  const capable = agents.filter((agent) => capability === undefined || agent.capabilities.includes(capability));
  if (capable.length === 0 && capability !== undefined) {
    const hint = didYouMean(capability, new Set(agents.flatMap((agent) => agent.capabilities)));
    return `no agent of the plan${besides} has capability "${capability}"${hint}: give it to one under "agents", or register one that has it`;
  }
  const withIt = capability === undefined ? '' : ` with capability "${capability}"`;
  const typed = capable.filter((agent) => type === undefined || agentType(agent) === type);
  if (typed.length === 0) {
    const hint = didYouMean(type ?? '', new Set(agents.map(agentType)));
    return `no agent of the plan${besides}${withIt} is of type "${type}"${hint}`;
  }
  return `no agent of the plan${besides}${withIt} has all of: ${[...technologies, ...tags].join(', ')}`;
}

function namedAgents(plan: Plan): string[] {
  return Object.keys(plan.agents).filter((name) => taskOfAnonymousAgent(name) === undefined);
}
