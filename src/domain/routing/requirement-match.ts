import type { Capability } from '../agents/agent';
import type { AgentProfile } from './agent-profile';
import type { RoutingRequirement } from './routing-requirement';

/** Proficiency where no single capability says it: an agent that is named, or a requirement that asks for none. */
const fullSpecialisation = 1;

/** Whether the agent can do what is asked. Says nothing of names, exclusion, draining and load. */
export function meets(profile: AgentProfile, requirement: RoutingRequirement): boolean {
  return (
    hasCapability(profile, requirement) &&
    hasTechnologies(profile, requirement) &&
    hasTags(profile, requirement) &&
    hasType(profile, requirement)
  );
}

/**
 * 0–1: the proficiency in the capability; 1 for an agent that is named, because whoever named it has judged already. Technologies beyond
 * those that are asked for add nothing: a longer list is no better knowledge, and owners would write longer lists.
 */
export function specialisationOf(profile: AgentProfile, { names, capability }: RoutingRequirement): number {
  if (names || capability === undefined) return fullSpecialisation;
  const best = named(profile, capability).reduce((most, { proficiency }) => Math.max(most, proficiency), 0);
  return Math.min(1, best);
}

export function hasCapability(profile: AgentProfile, { capability }: RoutingRequirement): boolean {
  return capability === undefined || profile.capabilities.some(({ name }) => name === capability);
}

export function hasTechnologies(profile: AgentProfile, { capability, technologies }: RoutingRequirement): boolean {
  if (technologies.length === 0) return true;
  const asked = capability === undefined ? profile.capabilities : named(profile, capability);
  return technologies.every((technology) => asked.some((one) => one.technologies.includes(technology)));
}

export function hasTags(profile: AgentProfile, { tags }: RoutingRequirement): boolean {
  return tags.every((tag) => profile.tags.includes(tag));
}

export function hasType(profile: AgentProfile, { type }: RoutingRequirement): boolean {
  return type === undefined || profile.type === type;
}

function named({ capabilities }: AgentProfile, capability: string): Capability[] {
  return capabilities.filter(({ name }) => name === capability);
}
