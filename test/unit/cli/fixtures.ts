import { pendingRun } from '../../../src/client/pending-runs';
import type { LogRow, PlacedRun, SessionOverview } from '../../../src/contracts/ports/session-catalog';

/** 1 March 2026, 09:00:00 UTC. */
export const startTime = Date.UTC(2026, 2, 1, 9);

export function overviewOf(parts: Partial<SessionOverview> = {}): SessionOverview {
  return {
    workspace: 'default',
    id: 'hello-k3f9x2',
    planName: 'hello',
    planHash: 'a'.repeat(64),
    firstPlanHash: 'a'.repeat(64),
    status: 'running',
    progress: {
      status: 'running',
      total: 2,
      succeeded: 0,
      failed: 0,
      skipped: 0,
      cancelled: 0,
      running: 0,
      percent: 0,
    },
    settings: {
      taskQueue: 'test',
      leaseMs: 15_000,
      grantMs: 600_000,
      searchAttributes: false,
      continueAfterEvents: 2_500,
    },
    createdAt: startTime,
    startedAt: startTime,
    endedAt: null,
    outputs: null,
    error: null,
    parentSession: null,
    isAbandoned: false,
    turn: 1,
    forecast: null,
    ...parts,
  };
}

/** A task, or with `item` one item of a fan-out. */
export function runOf(task: string, parts: Partial<PlacedRun> = {}): PlacedRun {
  const { item = -1 } = parts;
  return {
    ...pendingRun(task, 0),
    run: item === -1 ? task : `${task}[${item}]`,
    ...parts,
  };
}

/** Rows of a log, numbered from 1; `at` counts in milliseconds from the start. */
export function logOf(rows: readonly (Partial<Omit<LogRow, 'seq'>> & { type: string })[]): LogRow[] {
  return rows.map((row, index) => ({
    run: null,
    attempt: null,
    data: {},
    ...row,
    seq: index + 1,
    at: startTime + (row.at ?? 0),
  }));
}
