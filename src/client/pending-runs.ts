import type { PlacedRun } from '../contracts/ports/session-catalog';
import type { PlanIndex } from '../domain/session/outline';
import { wholeTask } from '../domain/session/run-key';

/** The tasks of a session that has not taken its first turn. */
export function pendingRuns({ outline }: PlanIndex): PlacedRun[] {
  return outline.tasks.map(({ name, race }, position) => ({
    ...pendingRun(name, position),
    isRace: race !== undefined,
  }));
}

/** A whole task for which nothing has happened yet. */
export function pendingRun(task: string, position: number): PlacedRun {
  return {
    run: task,
    task,
    item: wholeTask,
    position,
    status: 'pending',
    reason: null,
    agent: null,
    attempts: 0,
    items: null,
    isRace: false,
    queuedAt: null,
    startedAt: null,
    endedAt: null,
    error: null,
    progressPercent: null,
    progressMessage: null,
    waitsFor: null,
  };
}
