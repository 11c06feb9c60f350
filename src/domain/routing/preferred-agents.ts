import type { RoutingRequirement } from './routing-requirement';

/** Whom tasks of a kind go to first where their plan does not say it: agents as `agentRef` names them, by `kindKey`. */
export type PreferredAgents = ReadonlyMap<string, string>;

/** Of a capability and a type of task. */
export function kindKey(capability: string, taskType: string): string {
  return `${capability}/${taskType}`;
}

/** With the preference of the workspace for tasks of the kind. What a task asks for itself goes before it: agents, an order of them, a strategy. */
export function withPreferred(
  requirement: RoutingRequirement,
  preferred: PreferredAgents,
  taskType: string,
): RoutingRequirement {
  const { capability, prefer, avoid, exclude } = requirement;
  const agent = capability === undefined ? undefined : preferred.get(kindKey(capability, taskType));
  if (agent === undefined || saysWho(requirement)) return requirement;
  if ([...prefer, ...avoid, ...exclude].includes(agent)) return requirement;
  return { ...requirement, prefer: [agent], preferredBy: 'workspace' };
}

/** Whether the task itself says which of the agents it wants that can do it. */
export function saysWho({ names, prefer, preferredBy, strategy }: RoutingRequirement): boolean {
  return names !== undefined || strategy !== undefined || (prefer.length > 0 && preferredBy === undefined);
}
