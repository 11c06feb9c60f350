import { statusOf } from './completion';
import type { PlanIndex } from './outline';
import { taskAt } from './outline';
import { agentNameOf } from './roster';
import type { Reason, SessionState, SessionStatus, TaskState, TaskStatus } from './state';
import { hasEnded } from './state';

export interface Progress {
  status: SessionStatus;
  /** Tasks; a fan-out counts as one. */
  total: number;
  succeeded: number;
  failed: number;
  skipped: number;
  cancelled: number;
  running: number;
  /** 0–100, tasks weighted by their expected duration (equally where nothing is known yet). */
  percent: number;
}

export interface TaskProgress {
  name: string;
  status: TaskStatus;
  reason?: Reason;
  agent?: string;
  attempts: number;
  /** 0–100; of a fan-out the share of its items that have ended, of a race nothing until somebody has won. */
  percent: number;
  /** Of a fan-out, or the racers of a race. */
  items?: { total: number; ended: number; succeeded: number; failed: number };
  /** Milliseconds since 1970. */
  queuedAt?: number;
  startedAt?: number;
  endedAt?: number;
}

/** In one pass: a session of thousands of tasks is asked after each of them. */
export function progressOf(index: PlanIndex, state: SessionState): Progress {
  const { ended, expectedMs } = state;
  const counts: Partial<Record<TaskStatus, number>> = {};
  const usual = meanOf(expectedMs ?? []);
  let [done, total] = [0, 0];
  state.tasks.forEach((task, at) => {
    counts[task.status] = (counts[task.status] ?? 0) + 1;
    // Unknown durations count as the mean of the known ones.
    const weight = expectedMs?.[at] || usual;
    total += weight;
    done += weight * doneShare(index, at, task);
  });
  const { succeeded = 0, failed = 0, skipped = 0, cancelled = 0, running = 0 } = counts;
  return {
    status: statusOf(state),
    total: state.tasks.length,
    succeeded,
    failed,
    skipped,
    cancelled,
    running,
    percent: ended ? 100 : Math.min(99.9, Math.round((1000 * done) / total) / 10),
  };
}

export function taskProgress(index: PlanIndex, state: SessionState, task: number): TaskProgress {
  const run = state.tasks[task] ?? { status: 'pending' };
  const absolute = (at: number | undefined): number | undefined =>
    at === undefined ? undefined : state.startedAt + at;
  const agent = run.agent === undefined ? undefined : agentNameOf(index, state, run.agent);
  const [queuedAt, startedAt, endedAt] = [run.queuedAt, run.startedAt, run.endedAt].map(absolute);
  return {
    name: taskAt(index, task).name,
    status: run.status,
    attempts: run.attempt ?? 0,
    percent: hasEnded(run) ? 100 : Math.min(99, Math.round(100 * doneShare(index, task, run))),
    ...(run.reason && { reason: run.reason }),
    ...(agent && { agent }),
    ...(run.items && { items: countItems(run.items) }),
    ...(queuedAt !== undefined && { queuedAt }),
    ...(startedAt !== undefined && { startedAt }),
    ...(endedAt !== undefined && { endedAt }),
  };
}

/** Of what is known; 1 where nothing is. */
function meanOf(expectedMs: readonly number[]): number {
  const known = expectedMs.filter((ms) => ms > 0);
  return known.length === 0 ? 1 : known.reduce((sum, ms) => sum + ms, 0) / known.length;
}

/** Racers that have ended bring nothing nearer. */
function doneShare(index: PlanIndex, at: number, task: TaskState): number {
  if (hasEnded(task)) return 1;
  if (!task.items || task.items.length === 0 || taskAt(index, at).race !== undefined) return 0;
  return task.items.filter(hasEnded).length / task.items.length;
}

function countItems(items: NonNullable<TaskState['items']>): NonNullable<TaskProgress['items']> {
  const count = (status: TaskStatus): number => items.filter((item) => item.status === status).length;
  return {
    total: items.length,
    ended: items.filter(hasEnded).length,
    succeeded: count('succeeded'),
    failed: count('failed'),
  };
}
