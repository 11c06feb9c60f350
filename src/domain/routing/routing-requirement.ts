import type { AgentChoice } from '../plan/plan';
import type { StrategyName } from './strategies';

/** What a task asks of its agent. Plain JSON; lists that are empty ask for nothing. */
export interface RoutingRequirement {
  /** One of these agents and no other. Their order carries no meaning: `prefer` orders. */
  names?: string[];
  capability?: string;
  /** What kind of task it is; who has done the like is known by that. */
  taskType?: string;
  /** All known by the agent; in the capability, where one is asked for. */
  technologies: string[];
  tags: string[];
  /** Of the agent, e.g. `claude-code`. */
  type?: string;
  /** Before all others, in this order. */
  prefer: string[];
  /** Where the workspace says so, and not the task. */
  preferredBy?: 'workspace';
  /** After all others. */
  avoid: string[];
  /** Agents that did earlier tasks of the session: they know it already, so they come after the preferred ones and before the others. */
  sameAs: string[];
  /** The attempt before was lost with this one, of which nothing was heard: after all others. */
  lostBy?: string;
  /** Never these. */
  exclude: string[];
  /** Agents of the registry whose results the attempt is given, as `workspace/name`. Absent where there are none. */
  givers?: string[];
  /** Instead of that of the workspace. */
  strategy?: StrategyName;
}

/** What a session adds to the choice of its plan. */
export interface RoutingContext {
  /** That the task states. */
  taskType?: string;
  sameAs?: readonly string[];
  exclude?: readonly string[];
  givers?: readonly string[];
  lostBy?: string | undefined;
}

export function routingRequirement(choice: AgentChoice, context: RoutingContext = {}): RoutingRequirement {
  const { taskType, sameAs = [], exclude = [], givers = [], lostBy } = context;
  const requirement: RoutingRequirement =
    'name' in choice
      ? { names: [choice.name], technologies: [], tags: [], prefer: [], avoid: [], sameAs: [...sameAs], exclude: [] }
      : {
          technologies: [...choice.technologies],
          tags: [...choice.tags],
          prefer: [...choice.prefer],
          avoid: [...choice.avoid],
          sameAs: [...sameAs],
          exclude: [],
        };
  const never = 'name' in choice ? [] : (choice.exclude ?? []);
  requirement.exclude = [...new Set([...never, ...exclude])];
  if (givers.length > 0) requirement.givers = [...givers];
  if (lostBy !== undefined) requirement.lostBy = lostBy;
  if ('name' in choice) return requirement;
  const { capability, type, strategy } = choice;
  if (capability !== undefined) requirement.capability = capability;
  if (taskType !== undefined) requirement.taskType = taskType;
  if (type !== undefined) requirement.type = type;
  if (strategy !== undefined) requirement.strategy = strategy;
  return requirement;
}

export function excluding(requirement: RoutingRequirement, agents: readonly string[]): RoutingRequirement {
  return agents.length === 0
    ? requirement
    : { ...requirement, exclude: [...new Set([...requirement.exclude, ...agents])] };
}

/**
 * The same for requirements that the same agents meet. What only orders or excludes single agents is left out, and the type of the task: it differs from session to
 * session, and must not cost each of them a look at all agents.
 */
export function membershipKey({ names, capability, technologies, tags, type }: RoutingRequirement): string {
  return JSON.stringify([
    names ? [...new Set(names)].sort() : null,
    capability ?? null,
    [...new Set(technologies)].sort(),
    [...new Set(tags)].sort(),
    type ?? null,
  ]);
}
