import type { RunOverview } from '../../contracts/ports/session-catalog';
import { wholeTask } from '../../domain/session/run-key';

/** A fan-out starts with the first of its items. */
export function startOf(task: RunOverview, items: readonly RunOverview[]): number | null {
  if (task.startedAt !== null) return task.startedAt;
  const starts = items.flatMap(({ startedAt }) => (startedAt === null ? [] : [startedAt]));
  return starts.length === 0 ? null : starts.reduce((first, start) => Math.min(first, start));
}

/** The items of each fan-out, in their order. */
export function groupItems(runs: readonly RunOverview[]): Map<string, RunOverview[]> {
  const groups = new Map<string, RunOverview[]>();
  for (const run of runs) {
    if (run.item === wholeTask) continue;
    const group = groups.get(run.task);
    if (group) group.push(run);
    else groups.set(run.task, [run]);
  }
  return groups;
}
