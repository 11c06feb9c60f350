import type { RosterEntry } from './roster';
import type { RoutingRequirement } from './routing-requirement';

/** Rank of an agent that no list of the requirement names. */
export function ordinaryRank({ prefer }: RoutingRequirement): number {
  return prefer.length + 1;
}

export function avoidedRank(requirement: RoutingRequirement): number {
  return ordinaryRank(requirement) + 1;
}

/** Whether the rank is that of an agent that did earlier tasks of the session. */
export function familiarRank({ prefer }: RoutingRequirement): number {
  return prefer.length;
}

export interface Preferences {
  /** Of the agents that are named, and not excluded; the lowest goes first. */
  ranks: ReadonlyMap<RosterEntry, number>;
  excluded: ReadonlySet<RosterEntry>;
}

const none: Preferences = { ranks: new Map(), excluded: new Set() };

/**
 * Preferred agents in their order, then familiar ones, all others, avoided ones with the one that lost the attempt before. Of an agent in several lists,
 * excluding counts before avoiding, that before the rest.
 */
export function preferencesOf(
  requirement: RoutingRequirement,
  named: (name: string) => readonly RosterEntry[],
): Preferences {
  const { prefer, sameAs, exclude, lostBy } = requirement;
  const avoid = lostBy === undefined ? requirement.avoid : [...requirement.avoid, lostBy];
  if (prefer.length + sameAs.length + avoid.length + exclude.length === 0) return none;
  const ranks = new Map<RosterEntry, number>();
  const rank = (name: string, value: number): void => named(name).forEach((entry) => ranks.set(entry, value));
  // From the weakest to the strongest: the last word counts.
  sameAs.forEach((name) => rank(name, familiarRank(requirement)));
  for (let at = prefer.length - 1; at >= 0; at--) rank(prefer[at] ?? '', at);
  avoid.forEach((name) => rank(name, avoidedRank(requirement)));
  const excluded = new Set(exclude.flatMap((name) => [...named(name)]));
  excluded.forEach((entry) => ranks.delete(entry));
  return { ranks, excluded };
}
