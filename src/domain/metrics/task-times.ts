import { wholeTask } from '../session/run-key';
import type { EndedAttempt, TaskTimes } from './session-metrics';

/** What is known of a task, or of an item of a fan-out. Times: milliseconds since 1970. */
interface TimedRun {
  task: string;
  item: number;
  startedAt: number | null;
  endedAt: number | null;
}

/** A task begins with its first attempt; a sub-plan has none here. */
export function taskTimesOf(runs: readonly TimedRun[], attempts: readonly EndedAttempt[]): TaskTimes[] {
  const begins = new Map<string, number>();
  for (const { task, startedAt } of attempts)
    if (startedAt !== null) begins.set(task, Math.min(startedAt, begins.get(task) ?? Infinity));
  return runs
    .filter(({ item }) => item === wholeTask)
    .map(({ task, startedAt, endedAt }) => ({ task, startedAt: begins.get(task) ?? startedAt, endedAt }));
}
