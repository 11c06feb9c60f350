import { agentRef } from '../domain/agents/agent-ref';
import { formatPlanPath } from '../domain/plan/issue';
import type { PlanPath } from '../domain/plan/issue';
import type { AgentChoice, Plan, Task } from '../domain/plan/plan';
import { racersAskedFor } from '../domain/plan/racers';
import { taskAtPath } from '../domain/plan/task-at-path';
import { assign } from '../domain/routing/assign';
import type { Assignment } from '../domain/routing/assignment';
import type { Wait } from '../domain/routing/explain-wait';
import { attemptTerms } from '../domain/routing/attempt-terms';
import type { TermSettings } from '../domain/routing/attempt-terms';
import { raceShortages } from '../domain/routing/race-shortages';
import type { Roster } from '../domain/routing/roster';
import { withPreferred } from '../domain/routing/preferred-agents';
import { routingRequirement } from '../domain/routing/routing-requirement';
import type { RoutingSettings } from '../domain/routing/settings';

/** Whom a task of a plan would go to now. */
export interface PreviewedRoute {
  place: string;
  /** Of the task; of one in a sub-plan that has a file of its own, its name alone is found. */
  name: string;
  task?: Task;
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
  needs: readonly { path: PlanPath; choice: AgentChoice; file?: string }[],
  {
    file,
    roster,
    settings,
    termSettings,
    workspace,
  }: { file?: string; roster: Roster; settings: RoutingSettings; termSettings: TermSettings; workspace: string },
): RoutePreview {
  // Who is excluded is looked for when the plan is started, and nothing goes there.
  const asked = needs.filter(({ path }) => path.at(-2) !== 'exclude');
  /** By task: whom it would go to, for those that are given its result. */
  const chosen = new Map<string, string>();
  const routes = asked.map(({ path, choice, file: of }): PreviewedRoute => {
    const place = formatPlanPath(path);
    const { name, task } = (of === file ? taskAtPath(plan, path) : undefined) ?? { name: String(path[1]) };
    const isOwn = task !== undefined && plan.tasks[name] === task;
    const givers = isOwn ? task.needs.flatMap((need) => chosen.get(need) ?? []) : [];
    const asksFor = routingRequirement(choice, {
      ...(task?.type !== undefined && { taskType: task.type }),
      givers,
    });
    const requirement = withPreferred(asksFor, termSettings.preferred, task?.type ?? name);
    const { capability } = requirement;
    const activity = { taskType: task?.type ?? name, ...(capability !== undefined && { capability }) };
    const terms = task && attemptTerms(task, name, 1, isOwn ? plan.name : undefined);
    const request = { workspace, requirement, activity, race: place, ...(terms && { terms, termSettings }) };
    const requests = Array<typeof request>(racersAskedFor(choice) || 1).fill(request);
    const [answer, ...others] = assign(roster, requests, settings);
    // Of the items of a fan-out nobody is the one that gives their result.
    if (isOwn && task.forEach === undefined && answer?.kind === 'assigned') {
      chosen.set(name, agentRef(answer.agent, workspace));
    }
    return { place, name, ...(task && { task }), choice, answer, racers: others.filter(isUseful) };
  });
  const isPossible = routes.every(({ answer }) => answer?.kind === 'assigned' || answer?.reason === 'all-busy');
  return { routes, warnings: raceShortages(plan, roster, workspace), isPossible };
}

/** Of racers that there is no agent for, the warnings tell. */
function isUseful(answer: Assignment | Wait): boolean {
  return answer.kind === 'assigned' || answer.reason === 'all-busy';
}
