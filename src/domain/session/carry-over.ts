import { editedDeadline } from './edit-rules';
import { policyOf } from './outline';
import type { PlanIndex } from './outline';
import { byUrgency } from './queue';
import type { RunRef } from './run-key';
import type { RunState, SessionState, TaskState } from './state';
import { hasEnded } from './state';

/** The same state in terms of another plan: tasks and agents are found again by their names, and tasks that are new are pending. */
export function carryOver(index: PlanIndex, after: PlanIndex, state: SessionState, plan: string): SessionState {
  const { deadlineAt: _, roster: before = [], expectedMs, ...rest } = state;
  const { outline } = after;
  const roster = [...before];
  const agentAt = agentMapper(index, after, roster);
  const withAgent = <Run extends RunState>(run: Run): Run =>
    run.agent === undefined ? run : { ...run, agent: agentAt(run.agent) };
  const tasks = outline.tasks.map(({ name }, to): TaskState => {
    const at = index.taskByName.get(name) ?? -1;
    const task = state.tasks[at];
    if (!task) return { status: 'pending' };
    // Whoever says how often to try wants no evidence in its place.
    const asBefore = policyOf(index, at).retry.attempts === policyOf(after, to).retry.attempts;
    const carried = <Run extends RunState>(run: Run): Run => withAgent(asBefore ? run : withoutTries(run));
    return carried(task.items ? { ...task, items: task.items.map(carried) } : task);
  });
  const taskAfter = index.outline.tasks.map(({ name }) => after.taskByName.get(name));
  const deadlineAt = editedDeadline(index, state, after);
  const loads = new Map(index.outline.agents.map(({ name }, agent) => [name, state.load[agent] ?? 0]));
  return {
    ...rest,
    plan,
    ...(deadlineAt !== undefined && { deadlineAt }),
    tasks,
    toEvaluate: state.toEvaluate.flatMap((task) => taskAfter[task] ?? []),
    queue: state.queue
      .flatMap(({ task: before, item }): RunRef[] => {
        const task = taskAfter[before];
        return task === undefined ? [] : [{ task, item }];
      })
      .sort((a, b) => byUrgency(after, a, b)),
    load: outline.agents.map(({ name }) => loads.get(name) ?? 0),
    ...(roster.length > 0 && { roster }),
    open: tasks.filter((task) => !hasEnded(task)).length,
    ...(expectedMs && {
      expectedMs: outline.tasks.map(({ name }) => expectedMs[index.taskByName.get(name) ?? -1] ?? 0),
    }),
  };
}

function withoutTries<Run extends RunState>(run: Run): Run {
  const copy = { ...run };
  delete copy.mostTries;
  return copy;
}

/** Agents that the plan has no more join the roster, so that what they did keeps their names. */
function agentMapper(index: PlanIndex, after: PlanIndex, roster: string[]): (agent: number) => number {
  const { agents } = index.outline;
  const known = new Map(after.outline.agents.map(({ name }, agent) => [name, agent]));
  return (agent) => {
    const name = agents[agent]?.name;
    if (name === undefined) return after.outline.agents.length + agent - agents.length;
    const found = known.get(name);
    if (found !== undefined) return found;
    const at = roster.indexOf(name);
    return after.outline.agents.length + (at >= 0 ? at : roster.push(name) - 1);
  };
}
