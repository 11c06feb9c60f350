import type { Draft } from './draft';
import type { PlanIndex } from './outline';
import type { SessionState } from './state';

/** The name of an agent that a run has: of the plan, or of the registry. */
export function agentNameOf(index: PlanIndex, state: SessionState, agent: number): string | undefined {
  const { agents } = index.outline;
  return agent < agents.length ? agents[agent]?.name : state.roster?.[agent - agents.length];
}

/** The index of an agent of the registry; one that is new to the session joins its roster. */
export function rosterIndex({ index, state }: Draft, name: string): number {
  const roster = state.roster ?? [];
  const known = roster.indexOf(name);
  if (known < 0) state.roster = [...roster, name];
  return index.outline.agents.length + (known < 0 ? roster.length : known);
}
