import fc from 'fast-check';
import { registryAgent } from '../../../src/domain/session/outline';
import type { Outline, OutlineTask, TaskPolicy } from '../../../src/domain/session/outline';

interface OutlineLimits {
  maxTasks: number;
  /** Without it nothing times out. */
  timeouts: boolean;
  onFailure: TaskPolicy['onFailure'][];
}

/** Outlines of every shape: needs, policies, agents with little room, fan-outs, races, conditions, sub-plans, fallbacks. */
export function arbitraryOutline({ maxTasks, timeouts, onFailure }: OutlineLimits): fc.Arbitrary<Outline> {
  const perhaps = (min: number, max: number, freq = 3) => fc.option(fc.integer({ min, max }), { nil: undefined, freq });
  const timeout = (min: number, max: number) => (timeouts ? perhaps(min, max, 2) : fc.constant(undefined));

  const policy = fc
    .record({
      attempts: fc.integer({ min: 1, max: 3 }),
      initialIntervalMs: fc.constantFrom(10, 0, 25),
      jitter: fc.constantFrom(0, 0.2, 1),
      onFailure: fc.constantFrom(...onFailure),
      priority: fc.integer({ min: 1, max: 5 }),
      attemptTimeoutMs: timeout(30, 100),
      taskTimeoutMs: timeout(20, 300),
      maxParallel: perhaps(1, 3, 2),
    })
    .map(({ attempts, initialIntervalMs, jitter, ...rest }): TaskPolicy => ({
      retry: { attempts, initialIntervalMs, backoff: 2, maxIntervalMs: 40, jitter },
      ...withoutUnset(rest),
    }));

  const kind = fc.constantFrom<Partial<OutlineTask>[]>(
    {},
    {},
    {},
    {},
    { conditional: true },
    { forEach: true },
    { forEach: true },
    { forEach: true, conditional: true },
    { subPlan: true },
    { forEach: true, subPlan: true },
    { resources: true },
    { forEach: true, resources: true },
    { race: 2 },
    { race: 3 },
    { race: 3 },
    { race: 2, conditional: true },
  );
  /** Whether the task, and its fallback, are for agents of the registry. */
  const fromRegistry = fc.tuple(fc.nat(3), fc.nat(3)).map((picks) => picks.map((at) => at === 0));
  const task = fc.tuple(
    kind,
    fc.array(fc.nat(29), { maxLength: 3 }),
    fc.nat(2),
    fc.array(fc.nat(2), { minLength: 1, maxLength: 2 }),
    fc.option(fc.nat(2), { nil: undefined, freq: 2 }),
    fromRegistry,
  );
  const sizes = fc.oneof(
    { weight: 9, arbitrary: fc.array(task, { minLength: 1, maxLength: Math.min(8, maxTasks), size: 'max' }) },
    { weight: 1, arbitrary: fc.array(task, { minLength: 1, maxLength: maxTasks, size: 'max' }) },
  );

  return fc
    .record({
      concurrency: fc.integer({ min: 1, max: 5 }),
      timeoutMs: timeout(50, 2_000),
      agents: fc.array(perhaps(1, 2, 2), { minLength: 1, maxLength: 3 }),
      policies: fc.array(policy, { minLength: 1, maxLength: 3 }),
      tasks: sizes,
    })
    .map(({ concurrency, timeoutMs, agents, policies, tasks }): Outline => {
      const agentOf = (pick: number): number => pick % agents.length;
      return {
        concurrency,
        ...withoutUnset({ timeoutMs }),
        agents: agents.map((maxConcurrent, at) => ({ name: `agent${at}`, ...withoutUnset({ maxConcurrent }) })),
        policies,
        tasks: tasks.map(([kinds, needs, policyPick, candidates, fallback, [isLent, isFallbackLent]], at) => ({
          name: `t${at}`,
          needs: at === 0 ? [] : [...new Set(needs.map((need) => need % at))],
          policy: policyPick % policies.length,
          agents: kinds.subPlan ? [] : isLent ? [registryAgent] : [...new Set(candidates.map(agentOf))],
          ...kinds,
          ...(fallback === undefined || kinds.race !== undefined
            ? {}
            : { fallback: isFallbackLent ? registryAgent : agentOf(fallback) }),
        })),
      };
    });
}

type WithoutUnset<T> = { [K in keyof T as undefined extends T[K] ? K : never]?: Exclude<T[K], undefined> } & {
  [K in keyof T as undefined extends T[K] ? never : K]: T[K];
};

function withoutUnset<T extends object>(value: T): WithoutUnset<T> {
  return Object.fromEntries(Object.entries(value).filter(([, part]) => part !== undefined)) as WithoutUnset<T>;
}
