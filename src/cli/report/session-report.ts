import type { RunOverview, SessionOverview } from '../../contracts/ports/session-catalog';
import type { Json, JsonObject } from '../../domain/json';
import { wholeTask } from '../../domain/session/run-key';
import type { SessionStatus, TaskStatus } from '../../domain/session/state';
import { etaReport } from './eta-words';
import type { EtaReport } from './eta-words';
import { errorOfRun } from './failed-runs';
import { groupItems, startOf } from './fan-outs';

/** What `-o json` prints of a session. Times are ISO 8601 in UTC. */
export interface SessionReport extends EtaReport {
  id: string;
  workflowId: string;
  plan: string;
  status: SessionStatus;
  startedAt: string | null;
  endedAt: string | null;
  /** Null until the session has ended. */
  durationMs: number | null;
  progress: {
    total: number;
    succeeded: number;
    failed: number;
    skipped: number;
    cancelled: number;
    /** 0–100. */
    percent: number;
  };
  /** In the order of the plan's graph. */
  tasks: Record<string, TaskReport>;
  outputs: JsonObject | null;
  error: string | null;
}

export interface TaskReport {
  status: TaskStatus;
  /** Of the latest attempt; null where there was none, and for a fan-out whose items went to several; of a race that was won, the winner. */
  agent: string | null;
  /** Of a fan-out, those of all its items; of a race, those of all racers. */
  attempts: number;
  startedAt: string | null;
  endedAt: string | null;
  durationMs: number | null;
  /** Null unless the task succeeded; of a fan-out the list of its items' outputs, with null for items that did not succeed; of a race the winner's. */
  output: Json;
  error: string | null;
  /** Of a task in line, or of the first of its items that is: what for, in words. */
  waitsFor: string | null;
}

export function sessionReport(
  overview: SessionOverview,
  runs: readonly RunOverview[],
  outputs: ReadonlyMap<string, Json>,
  workflowId: string,
  now: number,
): SessionReport {
  const { total, succeeded, failed, skipped, cancelled, percent } = overview.progress;
  const itemsOf = groupItems(runs);
  const tasks = runs.filter((run) => run.item === wholeTask);
  return {
    id: overview.id,
    workflowId,
    plan: overview.planName,
    status: overview.status,
    startedAt: isoTime(overview.startedAt),
    endedAt: isoTime(overview.endedAt),
    durationMs: durationMs(overview.startedAt, overview.endedAt),
    ...etaReport(overview, now),
    progress: { total, succeeded, failed, skipped, cancelled, percent },
    tasks: Object.fromEntries(
      tasks.map((task) => [task.task, taskReport(task, itemsOf.get(task.task) ?? [], outputs)]),
    ),
    outputs: overview.outputs,
    error: overview.error,
  };
}

function taskReport(task: RunOverview, items: readonly RunOverview[], outputs: ReadonlyMap<string, Json>): TaskReport {
  const hasParts = task.items !== null;
  const winner = task.isRace ? items.find(({ status }) => status === 'succeeded') : undefined;
  const agents = [
    ...new Set(
      (hasParts && !winner ? items : [winner ?? task]).flatMap(({ agent }) => (agent === null ? [] : [agent])),
    ),
  ];
  const outputOf = ({ run }: RunOverview): Json => outputs.get(run) ?? null;
  return {
    status: task.status,
    agent: agents.length === 1 ? (agents[0] ?? null) : null,
    attempts: hasParts ? items.reduce((sum, item) => sum + item.attempts, 0) : task.attempts,
    startedAt: isoTime(startOf(task, items)),
    endedAt: isoTime(task.endedAt),
    durationMs: durationMs(startOf(task, items), task.endedAt),
    output: hasParts && !task.isRace ? items.map(outputOf) : outputOf(winner ?? task),
    error: errorOfRun(task, items),
    waitsFor: [task, ...items].find(({ waitsFor }) => waitsFor !== null)?.waitsFor ?? null,
  };
}

function isoTime(epochMs: number | null): string | null {
  return epochMs === null ? null : new Date(epochMs).toISOString();
}

function durationMs(startedAt: number | null, endedAt: number | null): number | null {
  return startedAt === null || endedAt === null ? null : Math.round(endedAt - startedAt);
}
