import type { RunOverview } from '../../contracts/ports/session-catalog';
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
  /** Of a task, or the first item, that waits for resources: which, and who has them. */
  waitsFor: string | null;
  error: string | null;
  items: { total: number; succeeded: number; failed: number; running: number } | null;
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
    // A fan-out counts as running while its items do.
    status: count('running') > 0 ? 'running' : task.status,
    reason: task.reason,
    agent: task.agent ?? busy?.agent ?? null,
    attempts: task.attempts,
    startedAt: startOf(task, items),
    endedAt: task.endedAt,
    percent: task.progressPercent,
    message: task.progressMessage,
    waitsFor: task.waitsFor ?? items.find(({ waitsFor }) => waitsFor !== null)?.waitsFor ?? null,
    error: errorOfRun(task, items) ?? (task.status === 'waiting' ? task.error : null),
    items:
      task.items === null
        ? null
        : {
            total: task.items,
            succeeded: count('succeeded'),
            failed: count('failed'),
            running: count('running'),
          },
  };
}
