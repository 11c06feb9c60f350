import { may } from '../domain/access/roles';
import type { Principal } from '../domain/access/roles';
import { isWithin, outOfScope } from '../domain/access/task-scope';
import type { TaskScope } from '../domain/access/task-scope';
import type { PlanPath } from '../domain/plan/issue';
import type { Plan } from '../domain/plan/plan';
import { pointerOf } from './pointer';
import { forbidden } from './principal';
import { RequestFault } from './request-fault';

/** Whether somebody may have a plan of theirs run. `placeOf`: where a task of it stands in the request. Throws TOKEN_FORBIDDEN. */
export function requireLeave(plan: Plan, principal: Principal, placeOf: (task: string) => PlanPath): void {
  // Commands and addresses of their own would let anybody who may submit tasks run anything on the machines of the agents.
  if (bringsAgents(plan) && !may(principal.role, 'agent.manage')) {
    throw forbidden(principal, 'agent.manage', 'this: the plan brings agents of its own');
  }
  requireScope(plan, principal, placeOf);
}

/**
 * The same for whoever sets a plan going that others have submitted, with the agents that they were allowed: its tasks must be such as they may submit.
 * `load` is asked only where that is not all. Throws TOKEN_FORBIDDEN.
 */
export async function requireScopeOf(principal: Principal, load: () => Promise<{ plan: Plan }>): Promise<void> {
  if (principal.scope) requireScope((await load()).plan, principal, () => []);
}

/** Whether somebody may let others submit the tasks of a scope; undefined: all tasks. Throws TOKEN_FORBIDDEN. */
export function requireToGive({ scope: own }: Principal, scope: TaskScope | undefined, path: PlanPath): void {
  if (!own || isWithin(scope, own)) return;
  const detail = `lets somebody submit ${scope ? '' : 'all '}tasks, and the token of the request may not submit all of these`;
  throw new RequestFault(
    'TOKEN_FORBIDDEN',
    `Who may submit some tasks only can let nobody submit others. ${wordsOf(own)}`,
    [{ pointer: pointerOf(path), detail }],
  );
}

function requireScope(plan: Plan, { scope }: Principal, placeOf: (task: string) => PlanPath): void {
  const refused = scope ? outOfScope(plan, scope) : [];
  if (!scope || refused.length === 0) return;
  const faults = refused.map(({ path: [task, ...inner], why }) => ({
    pointer: pointerOf(placeOf(task)),
    detail: `The task "${[task, ...inner].join('.')}" ${why}.`,
  }));
  throw new RequestFault(
    'TOKEN_FORBIDDEN',
    `The token is not for these tasks: ${faults.map(({ detail }) => detail).join(' ')} ${wordsOf(scope)}`,
    faults,
  );
}

function wordsOf({ taskTypes, capabilities }: TaskScope): string {
  const words = [
    ...(taskTypes ? [`of the types ${taskTypes.join(', ')}`] : []),
    ...(capabilities ? [`that ask for the capabilities ${capabilities.join(', ')}`] : []),
  ];
  return `It is for tasks ${words.join(', and ')}.`;
}

function bringsAgents({ agents, tasks }: Plan): boolean {
  return (
    Object.values(agents).some(({ connector }) => connector !== 'simulated') ||
    Object.values(tasks).some(({ work }) => work.kind === 'plan' && bringsAgents(work.plan))
  );
}
