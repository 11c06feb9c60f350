import type { Amounts } from '../../domain/budget/amounts';
import { defaultTimeoutMs, defaultTries } from '../../domain/plan/default-policies';
import type { BudgetPolicy, FailurePolicy, Plan, RetryPolicy, Task } from '../../domain/plan/plan';

/** How a task behaves where it fails or hangs, as it is written: durations in milliseconds. */
interface WrittenPolicies {
  timeout?: number;
  retry?: { attempts?: number; initialInterval?: number; backoff?: number; maxInterval?: number; jitter?: number };
  onFailure?: FailurePolicy | { fallback: string; then?: FailurePolicy };
  reserve?: Amounts;
  onBudget?: BudgetPolicy;
}

type Policies = Pick<Task, 'timeoutMs' | 'retry' | 'onFailure' | 'fallback' | 'reserve' | 'onBudget'>;

const minuteMs = 60_000;
const dayMs = 24 * 60 * minuteMs;

/**
 * What holds where a plan says nothing. A sub-plan is not tried again, because its tasks have been, at a cost; and it may take as long as
 * its own timeout lets it.
 */
export function builtInPolicies(subPlan: Plan | undefined): Policies {
  const retry: RetryPolicy = {
    attempts: defaultTries,
    initialIntervalMs: 1_000,
    backoff: 2,
    maxIntervalMs: minuteMs,
    jitter: 0.2,
  };
  if (!subPlan) return { timeoutMs: defaultTimeoutMs, retry, onFailure: 'fail', onBudget: 'fail' };
  return {
    timeoutMs: subPlan.timeoutMs ?? 7 * dayMs,
    retry: { ...retry, attempts: 1 },
    onFailure: 'fail',
    onBudget: 'fail',
  };
}

/** What a task says, else what `defaults` says, else what is built in; a retry policy is merged key by key. */
export function mergePolicies(task: WrittenPolicies, defaults: WrittenPolicies, builtIn: Policies): Policies {
  const written = { ...defaults.retry, ...task.retry };
  const reserve = { ...defaults.reserve, ...task.reserve };
  const onFailure = task.onFailure ?? defaults.onFailure ?? builtIn.onFailure;
  const otherwise =
    typeof defaults.onFailure === 'string' ? defaults.onFailure : (defaults.onFailure?.then ?? builtIn.onFailure);
  return {
    timeoutMs: task.timeout ?? defaults.timeout ?? builtIn.timeoutMs,
    retry: {
      attempts: written.attempts ?? builtIn.retry.attempts,
      initialIntervalMs: written.initialInterval ?? builtIn.retry.initialIntervalMs,
      backoff: written.backoff ?? builtIn.retry.backoff,
      maxIntervalMs: written.maxInterval ?? builtIn.retry.maxIntervalMs,
      jitter: written.jitter ?? builtIn.retry.jitter,
    },
    ...(Object.keys(reserve).length > 0 && { reserve }),
    onBudget: task.onBudget ?? defaults.onBudget ?? builtIn.onBudget,
    ...(typeof onFailure === 'string'
      ? { onFailure }
      : { onFailure: onFailure.then ?? otherwise, fallback: onFailure.fallback }),
  };
}
