import { isDeepStrictEqual } from 'node:util';
import type { PlanEdit } from '../../../src/domain/session/events';
import { registryAgent } from '../../../src/domain/session/outline';
import type { Outline, OutlineAgent, OutlineTask, TaskPolicy } from '../../../src/domain/session/outline';

/** One thing that an edit does; `pick` chooses, modulo their number, among what the plan has. */
export interface OutlineChange {
  what:
    | 'add'
    | 'remove'
    | 'rewire'
    | 'set-policy'
    | 'say'
    | 'concurrency'
    | 'timeout'
    | 'add-agent'
    | 'drop-agent'
    | 'limit';
  pick: number;
  /** Makes names that are new. */
  id: number;
}

/** A task by names, so that others can come and go. */
interface NamedTask extends Omit<OutlineTask, 'needs' | 'policy' | 'agents' | 'fallback'> {
  needs: string[];
  policy: TaskPolicy;
  agents: (string | undefined)[];
  fallback?: string | undefined;
  hasFallback: boolean;
  says: number;
}

interface NamedPlan {
  concurrency: number;
  timeoutMs: number | undefined;
  agents: OutlineAgent[];
  tasks: NamedTask[];
}

/** What a turn would read in a plan and an edited one. */
export function editedOutline(outline: Outline, changes: readonly OutlineChange[]): PlanEdit {
  const before = named(outline);
  const after = changes.reduce(change, before);
  const known = new Map(before.tasks.map((task) => [task.name, task]));
  const changed = after.tasks.flatMap((task): [string, string[]][] => {
    const was = known.get(task.name);
    return was === undefined || isDeepStrictEqual(was, task) ? [] : [[task.name, ['task']]];
  });
  const settings = (['concurrency', 'timeoutMs', 'agents'] as const).filter(
    (part) => !isDeepStrictEqual(before[part], after[part]),
  );
  return {
    outline: numbered(after),
    changed: Object.fromEntries(changed),
    settings: settings.map((part) => (part === 'agents' ? 'agents.any' : part)),
  };
}

function change(plan: NamedPlan, { what, pick, id }: OutlineChange): NamedPlan {
  const { tasks, agents } = plan;
  const at = pick % tasks.length;
  const chosen = tasks[at];
  const agent = agents[pick % agents.length];
  if (!chosen || !agent) return plan;
  const replace = (task: NamedTask): NamedPlan => ({
    ...plan,
    tasks: tasks.map((one) => (one === chosen ? task : one)),
  });
  switch (what) {
    case 'add': {
      // Before the chosen one, which needs it or not.
      const name = `n${id}`;
      if (tasks.some((task) => task.name === name)) return plan;
      const added = {
        ...chosen,
        name,
        needs: tasks.slice(0, at).flatMap((task, nth) => ((pick >> nth) % 3 === 1 ? [task.name] : [])),
      };
      const follower = pick % 2 === 0 ? chosen : { ...chosen, needs: [...chosen.needs, name] };
      return { ...plan, tasks: [...tasks.slice(0, at), added, follower, ...tasks.slice(at + 1)] };
    }
    case 'remove': {
      if (tasks.length === 1) return plan;
      const without = (needs: string[]): string[] => needs.filter((need) => need !== chosen.name);
      return {
        ...plan,
        tasks: tasks.filter((task) => task !== chosen).map((task) => ({ ...task, needs: without(task.needs) })),
      };
    }
    case 'rewire':
      return replace({ ...chosen, needs: at === 0 ? [] : [tasks[id % at]?.name ?? ''] });
    case 'set-policy':
      return replace({ ...chosen, policy: { ...chosen.policy, priority: 1 + (id % 5) } });
    case 'say':
      return replace({ ...chosen, says: id });
    case 'concurrency':
      return { ...plan, concurrency: 1 + (pick % 5) };
    case 'timeout':
      return { ...plan, timeoutMs: pick % 3 === 0 ? undefined : 500 * (1 + (pick % 7)) };
    case 'add-agent':
      if (agents.some(({ name }) => name === `a${id}`)) return plan;
      return { ...plan, agents: [{ name: `a${id}` }, ...agents] };
    case 'drop-agent': {
      if (agents.length === 1) return plan;
      const others = agents.filter((one) => one !== agent);
      const instead = (name: string | undefined): string | undefined => (name === agent.name ? others[0]?.name : name);
      return {
        ...plan,
        agents: others,
        tasks: tasks.map((task) => ({
          ...task,
          agents: [...new Set(task.agents.map(instead))],
          ...(task.hasFallback && { fallback: instead(task.fallback) }),
        })),
      };
    }
    case 'limit':
      return { ...plan, agents: agents.map((one) => (one === agent ? { ...one, maxConcurrent: 1 + (id % 3) } : one)) };
  }
}

/** An agent of the registry has no name here. */
function named({ concurrency, timeoutMs, agents, policies, tasks }: Outline): NamedPlan {
  return {
    concurrency,
    timeoutMs,
    agents,
    tasks: tasks.map(({ needs, policy, agents: candidates, fallback, ...task }) => ({
      ...task,
      needs: needs.map((need) => tasks[need]?.name ?? ''),
      policy: policies[policy] as TaskPolicy,
      agents: candidates.map((agent) => agents[agent]?.name),
      hasFallback: fallback !== undefined,
      ...(fallback !== undefined && { fallback: agents[fallback]?.name }),
      says: 0,
    })),
  };
}

function numbered({ concurrency, timeoutMs, agents, tasks }: NamedPlan): Outline {
  const agentAt = (name: string | undefined): number =>
    name === undefined ? registryAgent : agents.findIndex((agent) => agent.name === name);
  return {
    concurrency,
    ...(timeoutMs !== undefined && { timeoutMs }),
    agents,
    policies: tasks.map(({ policy }) => policy),
    tasks: tasks.map(({ needs, policy: _, agents: candidates, fallback, hasFallback, says: __, ...task }, at) => ({
      ...task,
      needs: needs.map((need) => tasks.findIndex(({ name }) => name === need)),
      policy: at,
      agents: candidates.map(agentAt),
      ...(hasFallback && { fallback: agentAt(fallback) }),
    })),
  };
}
