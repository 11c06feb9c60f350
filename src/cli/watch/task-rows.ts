import type { RunOverview } from '../../contracts/ports/session-catalog';
import { hasEnded } from '../../domain/session/state';
import type { TaskStatus } from '../../domain/session/state';
import { wholeTask } from '../../domain/session/run-key';
import { errorOfRun } from '../report/failed-runs';
import { groupItems, startOf } from '../report/fan-outs';

/** One task as it is shown: of a fan-out, what its items come to. */
export interface TaskRow {
  name: string;
  status: TaskStatus;
  reason: string | null;
  agent: string | null;
  attempts: number;
  startedAt: number | null;
  endedAt: number | null;
  /** What the agent says of its attempt in flight. */
  percent: number | null;
  message: string | null;
  error: string | null;
  /** What the task, or the first of its items that does, waits for. */
  waitsFor: string | null;
  items: { total: number; succeeded: number; failed: number; running: number } | null;
  /** `items` are racers. */
  isRace: boolean;
}

/** In the order of the plan's graph. */
export function taskRows(runs: readonly RunOverview[]): TaskRow[] {
  const itemsOf = groupItems(runs);
  return runs.filter(({ item }) => item === wholeTask).map((task) => taskRow(task, itemsOf.get(task.task) ?? []));
}

function taskRow(task: RunOverview, items: readonly RunOverview[]): TaskRow {
  const count = (status: TaskStatus): number => items.filter((item) => item.status === status).length;
  const busy = items.find(({ status }) => status === 'running') ?? items.find(({ agent }) => agent !== null);
  return {
    name: task.task,
    // A fan-out counts as running while its items do; a race that was won does not, although others are still being stopped.
    status: count('running') > 0 && !hasEnded(task) ? 'running' : task.status,
    reason: task.reason,
    agent: task.agent ?? busy?.agent ?? null,
    attempts: task.attempts,
    startedAt: startOf(task, items),
    endedAt: task.endedAt,
    percent: task.progressPercent,
    message: task.progressMessage,
    error: errorOfRun(task, items) ?? (task.status === 'waiting' ? task.error : null),
    waitsFor: [task, ...items].find(({ waitsFor }) => waitsFor !== null)?.waitsFor ?? null,
    items:
      task.items === null
        ? null
        : {
            total: task.items,
            succeeded: count('succeeded'),
            failed: count('failed'),
            running: count('running'),
          },
    isRace: task.isRace,
  };
}
