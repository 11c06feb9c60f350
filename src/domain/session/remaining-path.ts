import type { PlanIndex } from './outline';

/** What a task counts whose duration nobody knows: with no durations at all, a path is as long as it has tasks. */
const unknownMs = 1;

/**
 * Of each task, the length in milliseconds of the longest path from it to the end of the plan, its own duration included: what is left of
 * the session once it starts, however much runs beside it. Works out the whole plan at once, so callers keep the answer.
 */
export function remainingPathsMs(index: PlanIndex, expectedMs: readonly (number | undefined)[] = []): number[] {
  const { tasks } = index.outline;
  const remaining = new Array<number>(tasks.length).fill(0);
  // Tasks come after all they need, so from behind the dependents of each are known before it.
  for (let task = tasks.length - 1; task >= 0; task--) {
    let behind = 0;
    for (const dependent of index.dependents[task] ?? []) behind = Math.max(behind, remaining[dependent] ?? 0);
    remaining[task] = durationMs(expectedMs[task]) + behind;
  }
  return remaining;
}

function durationMs(expectedMs: number | undefined): number {
  return expectedMs !== undefined && Number.isFinite(expectedMs) && expectedMs > 0 ? expectedMs : unknownMs;
}
