import { agentRef } from '../agents/agent-ref';
import { formatPlanPath } from '../plan/issue';
import type { PlanPath } from '../plan/issue';
import type { AgentRequirement, Plan } from '../plan/plan';
import { racersOf } from '../plan/racers';
import { candidateFinder } from '../plan/requirement';
import { list } from './plain-words';
import { preferencesOf } from './preferences';
import type { Roster } from './roster';
import { routingRequirement } from './routing-requirement';

/** Races of a plan and its sub-plans for which there are fewer agents than racers, in plain words; those without any agent are left to others to name. */
export function raceShortages(plan: Plan, roster: Roster, workspace: string, path: PlanPath = []): string[] {
  const find = candidateFinder(plan.agents);
  return Object.entries(plan.tasks).flatMap(([name, { work }]) => {
    if (work.kind === 'plan') return raceShortages(work.plan, roster, workspace, [...path, 'tasks', name, 'plan']);
    const racers = racersOf(work);
    if (racers === 0 || 'name' in work.agent) return [];
    const able = [...find(work.agent), ...registered(roster, work.agent, workspace)];
    if (able.length === 0 || able.length >= racers) return [];
    const who =
      able.length === 1
        ? `Only ${list(able)} can do it: nobody races`
        : `Only ${list(able)} can do it: ${able.length} race`;
    return [`${formatPlanPath([...path, 'tasks', name, 'agent', 'race'])}: ${who}, instead of ${racers}.`];
  });
}

function registered(roster: Roster, choice: AgentRequirement, workspace: string): string[] {
  const requirement = routingRequirement(choice);
  const { excluded } = preferencesOf(requirement, (name) => roster.named(name, workspace));
  return roster
    .candidatesFor(requirement, workspace)
    .filter(({ entry }) => !excluded.has(entry))
    .map(({ entry }) => agentRef(entry.profile, workspace));
}
