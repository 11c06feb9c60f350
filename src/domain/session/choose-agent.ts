import { noAgent, registryAgent, taskAt } from './outline';
import type { OutlineTask, PlanIndex } from './outline';
import { agentNameOf } from './roster';
import type { RunRef } from './run-key';
import type { SessionState } from './state';
import { findRun, taskState } from './state';

/** The first candidate with room; undefined where none has. Who may not do the run leaves it to the registry. */
export function chooseAgent(index: PlanIndex, state: SessionState, ref: RunRef, load: number[]): number | undefined {
  const task = taskAt(index, ref.task);
  const onFallback = findRun(state, ref)?.onFallback;
  if (onFallback && task.fallback !== undefined) return hasRoom(index, load, task.fallback) ? task.fallback : undefined;
  if (task.subPlan) return noAgent;
  return candidates(state, task).find((agent) => hasRoom(index, load, agent));
}

/** Names of the agents of the registry that did the tasks, as far as they have been done. */
export function registeredAgentsOf(index: PlanIndex, state: SessionState, tasks: readonly number[] = []): string[] {
  const registered = [...agentsOf(state, tasks)].filter((agent) => agent >= index.outline.agents.length);
  return registered.flatMap((agent) => agentNameOf(index, state, agent) ?? []).sort();
}

function candidates(state: SessionState, task: OutlineTask): readonly number[] {
  const { agents, sameAs, notSameAs } = task;
  if (!sameAs && !notSameAs) return agents;
  const excluded = agentsOf(state, notSameAs);
  const left = agents.filter((agent) => !excluded.has(agent));
  if (left.length === 0) return [registryAgent];
  const { preferred = 0, avoided = 0 } = task;
  const familiar = agentsOf(state, sameAs);
  const rankOf = (agent: number): number => {
    const at = agents.indexOf(agent);
    if (at < preferred) return 0;
    if (at >= agents.length - avoided) return 3;
    return familiar.has(agent) ? 1 : 2;
  };
  return left.sort((one, other) => rankOf(one) - rankOf(other));
}

/** Who made the latest attempts of the tasks and their items. */
function agentsOf(state: SessionState, tasks: readonly number[] = []): Set<number> {
  const runs = tasks.flatMap((task) => {
    const found = taskState(state, task);
    return [found, ...(found.items ?? [])];
  });
  return new Set(runs.flatMap(({ agent }) => agent ?? []));
}

function hasRoom(index: PlanIndex, load: number[], agent: number): boolean {
  const limit = index.outline.agents[agent]?.maxConcurrent;
  return limit === undefined || (load[agent] ?? 0) < limit;
}
