import { formatPlanPath } from '../domain/plan/issue';
import type { PlanPath } from '../domain/plan/issue';
import type { AgentChoice, Plan } from '../domain/plan/plan';
import { racersAskedFor } from '../domain/plan/racers';
import { assign } from '../domain/routing/assign';
import type { Assignment } from '../domain/routing/assignment';
import type { Wait } from '../domain/routing/explain-wait';
import { raceShortages } from '../domain/routing/race-shortages';
import type { Roster } from '../domain/routing/roster';
import { routingRequirement } from '../domain/routing/routing-requirement';
import type { RoutingSettings } from '../domain/routing/settings';

/** Whom a task of a plan would go to now. */
export interface PreviewedRoute {
  place: string;
  choice: AgentChoice;
  answer: Assignment | Wait | undefined;
  /** Of a race: those besides the first. */
  racers: (Assignment | Wait)[];
}

export interface RoutePreview {
  routes: PreviewedRoute[];
  warnings: string[];
  /** Whether there is an agent for everything, with room or not. */
  isPossible: boolean;
}

/** Each need by itself, as if it came first: what runs beside it is not known before it runs. */
export function previewRoutes(
  plan: Plan,
  needs: readonly { path: PlanPath; choice: AgentChoice }[],
  { roster, settings, workspace }: { roster: Roster; settings: RoutingSettings; workspace: string },
): RoutePreview {
  // Who is excluded is looked for when the plan is started, and nothing goes there.
  const asked = needs.filter(({ path }) => path.at(-2) !== 'exclude');
  const routes = asked.map(({ path, choice }): PreviewedRoute => {
    const place = formatPlanPath(path);
    const request = { workspace, requirement: routingRequirement(choice), race: place };
    const requests = Array<typeof request>(racersAskedFor(choice) || 1).fill(request);
    const [answer, ...others] = assign(roster, requests, settings);
    return { place, choice, answer, racers: others.filter(isUseful) };
  });
  const isPossible = routes.every(({ answer }) => answer?.kind === 'assigned' || answer?.reason === 'all-busy');
  return { routes, warnings: raceShortages(plan, roster, workspace), isPossible };
}

/** Of racers that there is no agent for, the warnings tell. */
function isUseful(answer: Assignment | Wait): boolean {
  return answer.kind === 'assigned' || answer.reason === 'all-busy';
}
