import { isDeepStrictEqual } from 'node:util';
import { OrchestraError } from '../domain/errors';
import { agentNeeds } from '../domain/plan/agent-needs';
import type { AgentNeed } from '../domain/plan/agent-needs';
import { formatPlanPath } from '../domain/plan/issue';
import type { Plan } from '../domain/plan/plan';
import { planChanges } from '../domain/plan/plan-changes';
import type { PlanChanges } from '../domain/plan/plan-changes';
import { validatePlan } from '../domain/plan/validate-plan';
import { settingRefusals, taskRefusals } from '../domain/session/edit-rules';
import { checkAgents } from './check-agents';
import type { ClientDependencies } from './client-dependencies';

/** The plan of a session at some time. */
export interface SessionPlan {
  plan: Plan;
  /** Of its canonical form; names the version that an edit was made from. */
  hash: string;
}

export interface EditOptions extends SessionPlan {
  /** The canonical forms of the plan and of its sub-plans. */
  documents: { hash: string; name: string; canonical: string }[];
  /** What the plan needs of the registry, with where the caller says so; worked out from the plan where it is absent. */
  needs?: AgentNeed[];
  /** Hash of the plan that was edited: where the session has another one by now, the edit is refused. */
  from: string;
  /** Who edits, for the log. */
  by?: string;
  requestId?: string;
}

/** What an edit would do. */
export interface EditPreview {
  changes: PlanChanges;
  /** Why the session would refuse it as it is now; empty where it would not. */
  refusals: string[];
}

export async function presentPlan(
  { catalog, plans, workspace }: ClientDependencies,
  session: string,
): Promise<SessionPlan> {
  const found = await catalog.find(workspace, session);
  if (!found) throw new OrchestraError('SESSION_NOT_FOUND', `There is no session "${session}".`);
  const { plan, hash } = await plans.load(workspace, found.planHash);
  return { plan, hash };
}

/** Compares with the session as the read model shows it. Throws PLAN_INVALID where nothing of the registry could do a task. */
export async function previewEdit(
  dependencies: ClientDependencies,
  session: string,
  before: Plan,
  edited: Plan,
): Promise<EditPreview> {
  const changes = planChanges(before, edited);
  await checkPlan(dependencies, edited, changes);
  const { catalog, workspace } = dependencies;
  const runs = new Map((await catalog.runs(workspace, session)).map((run) => [run.run, run]));
  const refusals = taskRefusals(changes, (task) => {
    const run = runs.get(task);
    return run && { status: run.status, attempt: run.attempts, ...(run.items !== null && { items: run.items }) };
  });
  return { changes, refusals: [...settingRefusals(changes.settings), ...refusals] };
}

/** Stores what the edited plan needs, so that the request carries hashes only. Throws PLAN_INVALID, and COMMAND_REFUSED for a stale edit. */
export async function prepareEdit(
  dependencies: ClientDependencies,
  { plan, documents, needs, from }: EditOptions,
): Promise<void> {
  const { plans, workspace } = dependencies;
  const before = await plans.load(workspace, from);
  await checkPlan(dependencies, plan, planChanges(before.plan, plan), needs);
  await plans.put(workspace, documents);
}

/** The same as at a start; but agents are wanted for new and changed tasks only, because those of others may have done their work and left. */
async function checkPlan(
  { directory, workspace }: ClientDependencies,
  plan: Plan,
  { added, changed }: PlanChanges,
  needs?: readonly AgentNeed[],
): Promise<void> {
  const faults = validatePlan(plan).issues.filter(({ need }) => need === undefined);
  if (faults.length > 0) {
    const lines = faults.map(({ path, message }) => `${formatPlanPath(path)}: ${message}`);
    throw new OrchestraError('PLAN_INVALID', `The edited plan cannot be run:\n${lines.join('\n')}`);
  }
  const wanted = [...added, ...Object.keys(changed)];
  const tasks = Object.fromEntries(wanted.flatMap((name) => (plan.tasks[name] ? [[name, plan.tasks[name]]] : [])));
  const ofThese = agentNeeds({ ...plan, tasks });
  const said = needs?.filter(({ task, choice }) =>
    task === undefined ? ofThese.some((one) => isDeepStrictEqual(one.choice, choice)) : Object.hasOwn(tasks, task),
  );
  await checkAgents(directory, workspace, said ?? ofThese);
}
