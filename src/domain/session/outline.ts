import type { FailurePolicy, RetryPolicy } from '../plan/plan';

/**
 * The static graph a session works on: what the engine needs of a plan and nothing else. It is a function of the plan, so it
 * is read again by every run of the workflow and never carried in its state.
 */
export interface Outline {
  /** Runs in flight at once. */
  concurrency: number;
  timeoutMs?: number;
  agents: OutlineAgent[];
  /** Shared by tasks, so that 5,000 tasks with the same defaults cost one policy. */
  policies: TaskPolicy[];
  /** In topological order; every need has a smaller index than its dependent. */
  tasks: OutlineTask[];
}

export interface OutlineAgent {
  name: string;
  /** Attempts in flight at once in this session; unlimited when absent. */
  maxConcurrent?: number;
}

export interface OutlineTask {
  name: string;
  /** Indices into `tasks`. */
  needs: number[];
  /** Index into `policies`. */
  policy: number;
  /** Candidates as indices into `agents`, best first, or `registryAgent` alone; empty for a sub-plan. */
  agents: number[];
  /** Tasks whose agents go before the other candidates, but for those that are preferred or avoided. */
  sameAs?: number[];
  /** How many of the first candidates are preferred, and of the last avoided; said where there is `sameAs`. */
  preferred?: number;
  avoided?: number;
  /** Tasks whose agents may not do it; the registry is asked where that leaves nobody. */
  notSameAs?: number[];
  /** So many agents do it at once, each with a run of its own; the first success is that of the task. */
  race?: number;
  /** Index of the agent that takes over when the retries are used up, or `registryAgent`. */
  fallback?: number;
  subPlan?: true;
  conditional?: true;
  forEach?: true;
  /** Its runs write or read resources that other sessions may have. */
  resources?: true;
}

export interface TaskPolicy {
  retry: RetryPolicy;
  onFailure: FailurePolicy;
  /** 1 (most urgent) to 5. */
  priority: number;
  /** Of one attempt; the engine watches it for sub-plans only, an agent's is watched where it runs. */
  attemptTimeoutMs?: number;
  /** Of the task with all its attempts, from its first start. */
  taskTimeoutMs?: number;
  /** Items in flight at once. */
  maxParallel?: number;
}

/** In place of the index of an agent: a child session does the run. */
export const noAgent = -1;

/** In place of the index of an agent: the registry has it, and the turn that assigns the run chooses it. */
export const registryAgent = -2;

/** The most runs (tasks and items of fan-outs) that one session may have. */
export const maxRunsPerSession = 10_000;

/** The most runs that one turn may start: Temporal bounds the commands and the size of one workflow task. */
export const maxStartsPerTurn = 500;

/** An outline with the look-ups that the engine needs. */
export interface PlanIndex {
  outline: Outline;
  taskByName: ReadonlyMap<string, number>;
  /** Indices of the tasks that need the task. */
  dependents: readonly (readonly number[])[];
  /** Some task writes or reads resources. */
  hasResources: boolean;
}

export function indexOutline(outline: Outline): PlanIndex {
  const dependents: number[][] = outline.tasks.map(() => []);
  outline.tasks.forEach((task, index) => task.needs.forEach((need) => dependents[need]?.push(index)));
  return {
    outline,
    taskByName: new Map(outline.tasks.map((task, index) => [task.name, index])),
    dependents,
    hasResources: outline.tasks.some(({ resources }) => resources === true),
  };
}

export function taskAt(index: PlanIndex, task: number): OutlineTask {
  const found = index.outline.tasks[task];
  if (!found) throw new RangeError(`no task ${task} in the outline`);
  return found;
}

export function policyOf(index: PlanIndex, task: number): TaskPolicy {
  const policy = index.outline.policies[taskAt(index, task).policy];
  if (!policy) throw new RangeError(`no policy for task ${task} in the outline`);
  return policy;
}
