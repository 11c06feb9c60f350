import { canonicalJson } from '../canonical-json';
import { registryAgent } from '../session/outline';
import type { Outline, OutlineTask, TaskPolicy } from '../session/outline';
import { graphOf, topologicalOrder } from './graph';
import type { AgentChoice, Plan, Task } from './plan';
import { racersOf } from './racers';
import { candidateFinder } from './requirement';

/**
 * The static graph of a valid plan that the session engine works on: tasks in topological order, agents in the order of their names, equal
 * policies shared. What no agent of the plan can do is left to the registry. The same plan, in whatever order its keys come, gives the same outline.
 */
export function outlineOf(plan: Plan): Outline {
  const agentNames = Object.keys(plan.agents).sort();
  const candidatesFor = candidateFinder(plan.agents);
  const agentIndex = indexByName(agentNames);
  const graph = graphOf(plan);
  const order = topologicalOrder(
    new Map([...graph.keys()].sort().map((name) => [name, [...(graph.get(name) ?? [])].sort()])),
  );
  const taskIndex = indexByName(order);
  const policies: TaskPolicy[] = [];
  const policyIndex = new Map<string, number>();

  const shared = (policy: TaskPolicy): number => {
    const key = canonicalJson({ ...policy, retry: { ...policy.retry } });
    const known = policyIndex.get(key);
    if (known !== undefined) return known;
    policyIndex.set(key, policies.length);
    return policies.push(policy) - 1;
  };
  const candidates = (choice: AgentChoice): number[] => {
    const found = indices(candidatesFor(choice), agentIndex);
    return found.length > 0 ? found : [registryAgent];
  };
  const affinity = (choice: AgentChoice): Partial<OutlineTask> => {
    if ('name' in choice) return {};
    const { prefer, avoid, sameAs, notSameAs } = choice;
    const found = candidatesFor(choice);
    const avoided = found.filter((name) => avoid.includes(name)).length;
    const preferred = found.filter((name) => prefer.includes(name) && !avoid.includes(name)).length;
    return {
      ...(sameAs && { sameAs: indices(sameAs, taskIndex), preferred, avoided }),
      ...(notSameAs && { notSameAs: indices(notSameAs, taskIndex) }),
    };
  };
  const outlineTask = (name: string): OutlineTask => {
    const task = plan.tasks[name] as Task;
    return {
      name,
      needs: indices(task.needs, taskIndex),
      policy: shared(policyOf(task)),
      agents: task.work.kind === 'agent' ? candidates(task.work.agent) : [],
      ...(task.work.kind === 'agent' && affinity(task.work.agent)),
      ...raceOf(task),
      ...(task.fallback === undefined ? {} : { fallback: candidates({ name: task.fallback })[0] ?? registryAgent }),
      ...(task.work.kind === 'plan' ? { subPlan: true as const } : {}),
      ...(task.condition === undefined ? {} : { conditional: true as const }),
      ...(task.forEach === undefined ? {} : { forEach: true as const }),
      ...(task.resources === undefined ? {} : { resources: true as const }),
    };
  };

  const tasks = order.map(outlineTask);
  return {
    concurrency: plan.concurrency,
    ...(plan.timeoutMs === undefined ? {} : { timeoutMs: plan.timeoutMs }),
    agents: agentNames.map((name) => {
      const maxConcurrent = plan.agents[name]?.maxConcurrent;
      return { name, ...(maxConcurrent === undefined ? {} : { maxConcurrent }) };
    }),
    policies,
    tasks,
  };
}

function raceOf({ work }: Task): Pick<OutlineTask, 'race'> {
  const race = racersOf(work);
  return race > 0 ? { race } : {};
}

function policyOf(task: Task): TaskPolicy {
  return {
    retry: task.retry,
    onFailure: task.onFailure,
    priority: task.priority,
    attemptTimeoutMs: task.timeoutMs,
    ...(task.taskTimeoutMs === undefined ? {} : { taskTimeoutMs: task.taskTimeoutMs }),
    ...(task.maxParallel === undefined ? {} : { maxParallel: task.maxParallel }),
  };
}

function indexByName(names: readonly string[]): (name: string) => number {
  const indexOf = new Map(names.map((name, index) => [name, index]));
  return (name) => {
    const index = indexOf.get(name);
    if (index === undefined) throw new RangeError(`the plan has no "${name}": validate it before it is outlined`);
    return index;
  };
}

function indices(names: readonly string[], indexOf: (name: string) => number): number[] {
  return names.map(indexOf);
}
