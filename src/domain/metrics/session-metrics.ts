import { topologicalOrder } from '../plan/graph';
import type { Graph } from '../plan/graph';

/** An attempt that has ended. */
export interface EndedAttempt {
  task: string;
  run: string;
  /** As the workspace names it. */
  agent: string;
  verdict: string;
  /** Milliseconds since 1970; null where it never began. */
  startedAt: number | null;
  endedAt: number;
  costUsd: number | null;
  tokens: number | null;
  /** 0–1, where its gate measured that. */
  quality: number | null;
}

/** When a task was at work, its items and all its attempts together; null where it has not begun, or not ended. */
export interface TaskTimes {
  task: string;
  startedAt: number | null;
  endedAt: number | null;
}

/** What an agent did in a session. */
export interface Contribution {
  agent: string;
  /** Tasks, and items of fan-outs, that it succeeded with. */
  succeededRuns: number;
  attempts: number;
  failed: number;
  workMs: number;
  /** 0–1, of the time that all agents were at work; null where none was. */
  shareOfWork: number | null;
  /** What is known of it. */
  costUsd: number;
  tokens: number;
  /** The mean of what was measured; null where nothing was. */
  quality: number | null;
}

/** A task that held the session up. */
export interface HoldUp {
  task: string;
  tookMs: number;
  /** From the moment that all it needs had ended. */
  waitedMs: number;
}

export interface SessionMetrics {
  /** From its start to its end, or to now. */
  elapsedMs: number;
  /** That agents were at work, added up. */
  workMs: number;
  /** How many attempts were at work at once, in the mean. */
  parallelism: number;
  /** The longest chain of tasks that need each other, waiting left out: with room for all, it would have taken so long. */
  criticalPathMs: number;
  criticalPath: string[];
  /** 0–1: the longest chain ÷ what it took. */
  efficiency: number;
  /** The busiest first. */
  agents: Contribution[];
  /** Tasks of the longest chain by what they took, and others by what they waited: at most five, the worst first. */
  bottlenecks: HoldUp[];
  /** Of attempts that did not succeed. */
  lostMs: number;
  quality: number | null;
}

const shownBottlenecks = 5;

/** A second is not worth a word. */
const shortestHoldUpMs = 1_000;

/** What a session came to, from what was measured. Times are milliseconds since 1970. */
export function sessionMetrics(
  graph: Graph,
  tasks: readonly TaskTimes[],
  attempts: readonly EndedAttempt[],
  { startedAt, endedAt }: { startedAt: number; endedAt: number },
): SessionMetrics {
  const elapsedMs = Math.max(0, endedAt - startedAt);
  const workMs = sum(attempts.map(workOf));
  const times = new Map(tasks.map((one) => [one.task, one]));
  const took = (task: string): number => durationOf(times.get(task));
  const criticalPath = longestPath(graph, took);
  const criticalPathMs = sum(criticalPath.map(took));
  return {
    elapsedMs,
    workMs,
    parallelism: elapsedMs > 0 ? workMs / elapsedMs : 0,
    criticalPathMs,
    criticalPath,
    efficiency: elapsedMs > 0 ? Math.min(1, criticalPathMs / elapsedMs) : 1,
    agents: contributions(attempts, workMs),
    bottlenecks: holdUps(graph, times, new Set(criticalPath), startedAt),
    lostMs: sum(attempts.filter(({ verdict }) => verdict !== 'succeeded').map(workOf)),
    quality: meanQuality(attempts),
  };
}

function durationOf(times: TaskTimes | undefined): number {
  if (!times || times.startedAt === null || times.endedAt === null) return 0;
  return Math.max(0, times.endedAt - times.startedAt);
}

function workOf({ startedAt, endedAt }: EndedAttempt): number {
  return startedAt === null ? 0 : Math.max(0, endedAt - startedAt);
}

function longestPath(graph: Graph, took: (task: string) => number): string[] {
  const until = new Map<string, { ms: number; before?: string }>();
  let last: string | undefined;
  for (const task of topologicalOrder(graph)) {
    let before: string | undefined;
    for (const need of graph.get(task) ?? []) {
      if (before === undefined || (until.get(need)?.ms ?? 0) > (until.get(before)?.ms ?? 0)) before = need;
    }
    const ms = took(task) + (before === undefined ? 0 : (until.get(before)?.ms ?? 0));
    until.set(task, { ms, ...(before !== undefined && { before }) });
    if (last === undefined || ms > (until.get(last)?.ms ?? 0)) last = task;
  }
  const path: string[] = [];
  for (let task = last; task !== undefined; task = until.get(task)?.before) if (took(task) > 0) path.unshift(task);
  return path;
}

function contributions(attempts: readonly EndedAttempt[], workMs: number): Contribution[] {
  const agents = new Map<string, EndedAttempt[]>();
  for (const attempt of attempts) agents.set(attempt.agent, [...(agents.get(attempt.agent) ?? []), attempt]);
  return [...agents]
    .map(([agent, own]): Contribution => {
      const succeeded = own.filter(({ verdict }) => verdict === 'succeeded');
      const ownMs = sum(own.map(workOf));
      return {
        agent,
        succeededRuns: new Set(succeeded.map(({ run }) => run)).size,
        attempts: own.length,
        failed: own.length - succeeded.length,
        workMs: ownMs,
        shareOfWork: workMs > 0 ? ownMs / workMs : null,
        costUsd: sum(own.map(({ costUsd }) => costUsd ?? 0)),
        tokens: sum(own.map(({ tokens }) => tokens ?? 0)),
        quality: meanQuality(own),
      };
    })
    .sort((a, b) => b.workMs - a.workMs || (a.agent < b.agent ? -1 : 1));
}

function holdUps(
  graph: Graph,
  times: ReadonlyMap<string, TaskTimes>,
  critical: ReadonlySet<string>,
  sessionStartedAt: number,
): HoldUp[] {
  return [...graph]
    .map(([task, needs]): HoldUp => {
      const own = times.get(task);
      const ends = needs.map((need) => times.get(need)?.endedAt ?? sessionStartedAt);
      const readyAt = Math.max(sessionStartedAt, ...ends);
      const waitedMs = own?.startedAt == null ? 0 : Math.max(0, own.startedAt - readyAt);
      return { task, tookMs: durationOf(own), waitedMs };
    })
    .map((one) => ({ one, heldUpMs: Math.max(one.waitedMs, critical.has(one.task) ? one.tookMs : 0) }))
    .filter(({ heldUpMs }) => heldUpMs >= shortestHoldUpMs)
    .sort((a, b) => b.heldUpMs - a.heldUpMs || (a.one.task < b.one.task ? -1 : 1))
    .slice(0, shownBottlenecks)
    .map(({ one }) => one);
}

function meanQuality(attempts: readonly EndedAttempt[]): number | null {
  const measured = attempts.flatMap(({ quality }) => quality ?? []);
  return measured.length === 0 ? null : sum(measured) / measured.length;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
