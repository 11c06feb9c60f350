import type { Plan, Task } from '../plan/plan';

/** Which tasks somebody may submit: of these types, and asking for these capabilities. What is absent limits nothing. */
export interface TaskScope {
  /** A task without a type is of the type of its name, as everywhere. */
  taskTypes?: readonly string[];
  /** A task must ask for one of them: one that names its agent asks for none. */
  capabilities?: readonly string[];
}

export interface OutOfScope {
  /** Names of tasks: the task of the plan, then those inside its sub-plans. */
  path: readonly [string, ...string[]];
  /** `is of the type "deploy"`. */
  why: string;
}

/** Whether a scope covers no task that the bounds do not; one that is absent covers all. */
export function isWithin(scope: TaskScope | undefined, bounds: TaskScope): boolean {
  return (['taskTypes', 'capabilities'] as const).every((key) => {
    const allowed = bounds[key];
    return allowed === undefined || (scope?.[key]?.every((name) => allowed.includes(name)) ?? false);
  });
}

/** Tasks of a plan, sub-plans included, that a scope does not cover, in the order of the plan; at most `limit`. */
export function outOfScope(plan: Plan, scope: TaskScope, limit = 20): OutOfScope[] {
  const found: OutOfScope[] = [];
  for (const [name, task] of Object.entries(plan.tasks)) {
    if (found.length >= limit) break;
    if (task.work.kind === 'plan') {
      const inside = outOfScope(task.work.plan, scope, limit - found.length);
      found.push(...inside.map(({ path, why }) => ({ path: [name, ...path] as const, why })));
      continue;
    }
    const why = whyNot(name, task, scope);
    if (why !== undefined) found.push({ path: [name], why });
  }
  return found;
}

function whyNot(name: string, { type = name, work, fallback }: Task, scope: TaskScope): string | undefined {
  const { taskTypes, capabilities } = scope;
  if (taskTypes && !taskTypes.includes(type)) return `is of the type "${type}"`;
  if (!capabilities || work.kind === 'plan') return undefined;
  if ('name' in work.agent) return `names the agent "${work.agent.name}", and asks for no capability`;
  const { capability } = work.agent;
  if (capability === undefined) return 'asks for no capability';
  if (!capabilities.includes(capability)) return `asks for the capability "${capability}"`;
  return fallback === undefined ? undefined : `falls back to the agent "${fallback}"`;
}
