import { preferencesOf } from './preferences';
import type { Roster } from './roster';
import type { RoutingRequirement } from './routing-requirement';

/** Whether there is an agent that meets the requirement and is not excluded, with room or not. */
export function hasCandidate(roster: Roster, requirement: RoutingRequirement, workspace: string): boolean {
  const { excluded } = preferencesOf(requirement, (name) => roster.named(name, workspace));
  return roster.candidatesFor(requirement, workspace).some(({ entry }) => !excluded.has(entry));
}
