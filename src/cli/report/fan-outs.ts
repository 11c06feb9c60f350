import type { RunOverview } from '../../contracts/ports/session-catalog';
import { wholeTask } from '../../domain/session/run-key';
import type { TaskStatus } from '../../domain/session/state';

/** A fan-out starts with the first of its items. */
export function startOf(task: RunOverview, items: readonly RunOverview[]): number | null {
  if (task.startedAt !== null) return task.startedAt;
  const starts = items.flatMap(({ startedAt }) => (startedAt === null ? [] : [startedAt]));
  return starts.length === 0 ? null : starts.reduce((first, start) => Math.min(first, start));
}

/** `3/5 items`; of a race `race of 3`, and once it was won `first of 3`. */
export function partsWords(
  status: TaskStatus,
  isRace: boolean,
  { succeeded, total }: { succeeded: number; total: number },
): string {
  if (!isRace) return `${succeeded}/${total} items`;
  return `${status === 'succeeded' ? 'first' : 'race'} of ${total}`;
}

/** The items of each fan-out, and the racers of each race, in their order. */
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
