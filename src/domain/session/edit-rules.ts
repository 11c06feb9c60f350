import { countRuns } from './fan-out';
import type { PlanEdit } from './events';
import { maxRunsPerSession } from './outline';
import type { PlanIndex } from './outline';
import type { SessionState, TaskState } from './state';
import { hasEnded } from './state';

/** What an edit does to tasks. */
export interface TaskEdits {
  removed: readonly string[];
  changed: PlanEdit['changed'];
}

/** As much of a task as says whether it has begun. */
export type TaskAsFarAs = Pick<TaskState, 'status' | 'attempt'> & { items?: unknown };

/** Only what has not begun may be changed: an attempt has been made, or the list of a fan-out is known. */
export function hasBegun({ status, attempt = 0, items }: TaskAsFarAs): boolean {
  return status === 'running' || attempt > 0 || items !== undefined || hasEnded({ status });
}

/** What of a change an ended task does not care about: the agents that would try it again. */
const ofNoAccountOnceEnded = 'agents';

/** Why tasks cannot be edited so; empty where they can. */
export function taskRefusals(
  { removed, changed }: TaskEdits,
  find: (task: string) => TaskAsFarAs | undefined,
): string[] {
  const refusals: string[] = [];
  const refuse = (task: string, done: string, fields: readonly string[] = []): void => {
    const run = find(task);
    if (!run || !hasBegun(run)) return;
    const ended = hasEnded(run);
    if (ended && fields.length > 0 && fields.every((field) => field === ofNoAccountOnceEnded)) return;
    const what = fields.length === 0 ? '' : ` (${fields.join(', ')})`;
    refusals.push(
      `task "${task}" ${ended ? `has ended (${run.status})` : 'has begun'} and cannot be ${done} any more${what}`,
    );
  };
  for (const task of removed) refuse(task, 'removed');
  for (const [task, fields] of Object.entries(changed)) refuse(task, 'changed', fields);
  return refusals;
}

/** Why an edit of another version is refused, as a conditional request would be: nobody's edit is overwritten unseen. */
export function refusedForVersion(from: string, present: string): string {
  const short = (hash: string): string => hash.slice(0, 12);
  return `its plan is version ${short(present)} by now, and the edit was made from version ${short(from)}: edit the present plan`;
}

const fixedSettings = ['name', 'inputs'];

export function settingRefusals(settings: readonly string[]): string[] {
  return fixedSettings
    .filter((setting) => settings.includes(setting))
    .map((setting) => `the ${setting} of the plan cannot change while a session of it runs`);
}

/** Why the session cannot go on with the edited plan; empty where it can. `elapsed`: milliseconds since it started. */
export function sessionRefusals(index: PlanIndex, state: SessionState, after: PlanIndex, elapsed: number): string[] {
  const { outline } = after;
  const refusals: string[] = [];
  if (outline.concurrency < state.inFlight)
    refusals.push(
      `concurrency ${outline.concurrency} is less than the ${state.inFlight} attempts in flight: wait for some to end, or pause the session with --now`,
    );
  const limits = new Map(outline.agents.map(({ name, maxConcurrent = Infinity }) => [name, maxConcurrent]));
  index.outline.agents.forEach(({ name }, agent) => {
    const load = state.load[agent] ?? 0;
    const limit = limits.get(name) ?? 0;
    if (load > limit)
      refusals.push(`agent "${name}" has ${load} attempts in flight, and may have ${limit} in the edited plan`);
  });
  const deadlineAt = editedDeadline(index, state, after);
  if (deadlineAt !== undefined && deadlineAt !== state.deadlineAt && deadlineAt <= elapsed)
    refusals.push('the new timeout of the session is over already');
  const runs = countRuns(index, state) + plannedRuns(after) - plannedRuns(index);
  if (runs > maxRunsPerSession)
    refusals.push(`the session would have ${runs} runs with it, at most ${maxRunsPerSession} are allowed`);
  return refusals;
}

/** Without the items of fan-outs, which the plan does not know. */
function plannedRuns({ outline: { tasks } }: PlanIndex): number {
  return tasks.reduce((sum, { race = 0 }) => sum + 1 + race, 0);
}

/** When the session times out under the edited plan, which counts from where the timeout before it did. */
export function editedDeadline(index: PlanIndex, state: SessionState, after: PlanIndex): number | undefined {
  const [before, { timeoutMs }] = [index.outline.timeoutMs, after.outline];
  if (timeoutMs === before) return state.deadlineAt;
  if (timeoutMs === undefined) return undefined;
  const since = state.deadlineAt === undefined || before === undefined ? 0 : state.deadlineAt - before;
  return since + timeoutMs;
}

/** Child sessions that run keep to the budgets they were started under. */
export function budgetRefusals({ outline }: PlanIndex, { tasks }: SessionState, settings: readonly string[]): string[] {
  const hasChildren = outline.tasks.some(({ subPlan }, task) => subPlan && tasks[task]?.status === 'running');
  return hasChildren && settings.includes('budget')
    ? ['the budget of the plan cannot change while sub-plans of it run: wait for them to end']
    : [];
}

const shownRefusals = 10;

/** All reasons as one text, as requests are refused; undefined where there is none. */
export function refusalOf(refusals: readonly string[]): string | undefined {
  if (refusals.length === 0) return undefined;
  const more = refusals.length > shownRefusals ? `; and ${refusals.length - shownRefusals} more reasons` : '';
  return refusals.slice(0, shownRefusals).join('; ') + more;
}
