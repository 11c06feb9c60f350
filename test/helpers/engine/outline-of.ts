import { registryAgent } from '../../../src/domain/session/outline';
import type { Outline, TaskPolicy } from '../../../src/domain/session/outline';
import { deepFreeze } from './deep-freeze';

interface WrittenTask {
  needs?: string[];
  /** Names; default `worker`. */
  agents?: string[] | 'of the registry';
  /** Names of tasks. */
  sameAs?: string[];
  notSameAs?: string[];
  preferred?: number;
  avoided?: number;
  fallback?: string;
  /** How many race. */
  race?: number;
  /** Default 1. */
  attempts?: number;
  retry?: Partial<TaskPolicy['retry']>;
  /** Default `fail`. */
  onFailure?: TaskPolicy['onFailure'];
  /** Default 3. */
  priority?: number;
  attemptTimeoutMs?: number;
  taskTimeoutMs?: number;
  maxParallel?: number;
  subPlan?: true;
  conditional?: true;
  forEach?: true;
  resources?: true;
}

interface WrittenSession {
  /** Default 100. */
  concurrency?: number;
  timeoutMs?: number;
  /** `maxConcurrent` by name of agent, for those that have one. */
  limits?: Record<string, number>;
}

/** An outline from tasks by name, in topological order. Retries come after 10 ms, 20 ms, … at most 60 ms, without jitter. */
export function outlineOf(tasks: Record<string, WrittenTask>, session: WrittenSession = {}): Outline {
  const names = Object.keys(tasks);
  const agentsOf = ({ agents = ['worker'], fallback, subPlan }: WrittenTask): string[] => [
    ...(subPlan || agents === 'of the registry' ? [] : agents),
    ...(fallback === undefined ? [] : [fallback]),
  ];
  const agents = [...new Set(Object.values(tasks).flatMap(agentsOf))];
  return deepFreeze({
    concurrency: session.concurrency ?? 100,
    ...(session.timeoutMs !== undefined && { timeoutMs: session.timeoutMs }),
    agents: agents.map((name) => {
      const maxConcurrent = session.limits?.[name];
      return { name, ...(maxConcurrent !== undefined && { maxConcurrent }) };
    }),
    policies: Object.values(tasks).map(policyOf),
    tasks: Object.entries(tasks).map(([name, task], at) => ({
      name,
      needs: (task.needs ?? []).map((need) => names.indexOf(need)),
      policy: at,
      agents: candidatesOf(task, agents),
      ...(task.sameAs && { sameAs: task.sameAs.map((other) => names.indexOf(other)) }),
      ...(task.notSameAs && { notSameAs: task.notSameAs.map((other) => names.indexOf(other)) }),
      ...(task.preferred !== undefined && { preferred: task.preferred }),
      ...(task.avoided !== undefined && { avoided: task.avoided }),
      ...(task.fallback !== undefined && { fallback: agents.indexOf(task.fallback) }),
      ...(task.race !== undefined && { race: task.race }),
      ...(task.subPlan && { subPlan: true }),
      ...(task.conditional && { conditional: true }),
      ...(task.forEach && { forEach: true }),
      ...(task.resources && { resources: true }),
    })),
  });
}

function candidatesOf({ subPlan, agents = ['worker'] }: WrittenTask, known: string[]): number[] {
  if (subPlan) return [];
  return agents === 'of the registry' ? [registryAgent] : agents.map((agent) => known.indexOf(agent));
}

function policyOf({ attempts = 1, retry, onFailure = 'fail', priority = 3, ...task }: WrittenTask): TaskPolicy {
  const { attemptTimeoutMs, taskTimeoutMs, maxParallel } = task;
  return {
    retry: { attempts, initialIntervalMs: 10, backoff: 2, maxIntervalMs: 60, jitter: 0, ...retry },
    onFailure,
    priority,
    ...(attemptTimeoutMs !== undefined && { attemptTimeoutMs }),
    ...(taskTimeoutMs !== undefined && { taskTimeoutMs }),
    ...(maxParallel !== undefined && { maxParallel }),
  };
}
