import { noAgent, registryAgent, taskAt } from './outline';
import type { OutlineTask, PlanIndex } from './outline';
import { agentNameOf } from './roster';
import type { RunRef } from './run-key';
import type { SessionState } from './state';
import { siblingAgents } from './siblings';
import { findRun, taskState } from './state';

/**
 * The first candidate with room; undefined where none has. Who may not do the run leaves it to the registry. `taken`: agents that other racers of the
 * task get in the same moment.
 */
export function chooseAgent(
  index: PlanIndex,
  state: SessionState,
  ref: RunRef,
  load: number[],
  taken: readonly number[] = [],
): number | undefined {
  const task = taskAt(index, ref.task);
  const onFallback = findRun(state, ref)?.onFallback;
  if (onFallback && task.fallback !== undefined) return hasRoom(index, load, task.fallback) ? task.fallback : undefined;
  if (task.subPlan) return noAgent;
  const ofSiblings = new Set([...siblingAgents(index, state, ref), ...taken]);
  return candidates(state, task, ofSiblings).find((agent) => hasRoom(index, load, agent));
}

/** Names of the agents of the registry that a racer may not have, because its siblings do. */
export function registeredAgentsOfSiblings(index: PlanIndex, state: SessionState, ref: RunRef): string[] {
  return registeredNames(index, state, siblingAgents(index, state, ref));
}

/** The name of the agent of the registry of which nothing was heard in the latest attempt of the run. */
export function registeredAgentThatLost(index: PlanIndex, state: SessionState, ref: RunRef): string | undefined {
  const { wasLost, agent } = findRun(state, ref) ?? {};
  return wasLost && agent !== undefined ? registeredNames(index, state, new Set([agent]))[0] : undefined;
}

/** Names of the agents of the registry that did the tasks, as far as they have been done. */
export function registeredAgentsOf(index: PlanIndex, state: SessionState, tasks: readonly number[] = []): string[] {
  return registeredNames(index, state, agentsOf(state, tasks));
}

/**
 * Names of the agents of the registry whose results the runs of the task are given: of what it needs those that succeeded, of a race the winner, of
 * the items of a fan-out nobody. The same is kept with the outcome (see docs/learning.md#handoffs).
 */
export function registeredGiversTo(index: PlanIndex, state: SessionState, task: number): string[] {
  const given = taskAt(index, task).needs.map((need) => taskState(state, need));
  const agents = given.flatMap(({ status, agent }) => (status === 'succeeded' ? (agent ?? []) : []));
  return registeredNames(index, state, new Set(agents));
}

function registeredNames(index: PlanIndex, state: SessionState, agents: ReadonlySet<number>): string[] {
  const registered = [...agents].filter((agent) => agent >= index.outline.agents.length);
  return registered.flatMap((agent) => agentNameOf(index, state, agent) ?? []).sort();
}

function candidates(state: SessionState, task: OutlineTask, ofSiblings: ReadonlySet<number>): readonly number[] {
  const { agents, sameAs, notSameAs } = task;
  if (!sameAs && !notSameAs && ofSiblings.size === 0) return agents;
  const excluded = agentsOf(state, notSameAs);
  const left = agents.filter((agent) => !excluded.has(agent) && !ofSiblings.has(agent));
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

/** Who made the latest attempts of the tasks and their items; of a race that was won, the winner. */
function agentsOf(state: SessionState, tasks: readonly number[] = []): Set<number> {
  const runs = tasks.flatMap((task) => {
    const found = taskState(state, task);
    return found.agent === undefined ? (found.items ?? []) : [found];
  });
  return new Set(runs.flatMap(({ agent }) => agent ?? []));
}

function hasRoom(index: PlanIndex, load: number[], agent: number): boolean {
  const limit = index.outline.agents[agent]?.maxConcurrent;
  return limit === undefined || (load[agent] ?? 0) < limit;
}
