import type { PlanIndex } from '../session/outline';
import { policyOf, taskAt } from '../session/outline';
import { backoffMs } from '../session/retries';
import type { RunRef } from '../session/run-key';
import { runKey, wholeTask } from '../session/run-key';
import type { Reason, RunState, SessionState, SessionStatus, TaskState } from '../session/state';
import { hasEnded, initialState } from '../session/state';
import type { TaskStatus } from '../session/state';

/** A run as the read model has it. Times are milliseconds since 1970. */
export interface RunRecord {
  run: string;
  task: string;
  /** -1 for the task itself. */
  item: number;
  status: TaskStatus;
  reason: Reason | null;
  agent: string | null;
  /** Whose registry has the agent. */
  agentWorkspace: string | null;
  attempt: number;
  startedAt: number | null;
  endedAt: number | null;
  /** Of the attempt in flight; null while no worker has begun it. */
  begunAt: number | null;
  isStopping: boolean;
  /** How often it may be tried, as its latest attempt was started; null: as the plan has it. */
  mostTries: number | null;
  /** Agents of the attempts that did not succeed, in order. */
  failedBy: string[];
  /** When the last of them ended, and how long it asked to be left alone. */
  failedAt: number | null;
  retryAfterMs: number | null;
}

/**
 * The state of a session, near enough for a forecast, from its read model: the workflow alone has all of it. What is left out says nothing of
 * when it will end.
 */
export function restoreState(
  index: PlanIndex,
  session: { id: string; status: SessionStatus; startedAt: number },
  records: readonly RunRecord[],
): SessionState {
  const state = initialState(index, session.id, session.startedAt);
  if (session.status === 'paused') state.paused = true;
  const stopping = stoppingOf(records);
  if (stopping) state.stopping = stopping;
  const roster: string[] = [];
  for (const record of records) {
    const task = index.taskByName.get(record.task);
    const whole = task === undefined ? undefined : state.tasks[task];
    if (task === undefined || !whole) continue;
    const run = restoreRun(index, state, { task, item: record.item }, record, roster);
    if (record.item === wholeTask) Object.assign(whole, run);
    else (whole.items ??= [])[record.item] = run;
  }
  if (roster.length > 0) state.roster = roster;
  // A list may be known of which no item has a record.
  state.toEvaluate = state.tasks.flatMap((task, at) => (isUnlisted(index, at, task) ? [at] : []));
  state.open = state.tasks.filter((task) => !hasEnded(task)).length;
  return state;
}

/** What ended a run tells what the session is about. */
function stoppingOf(records: readonly RunRecord[]): SessionState['stopping'] {
  const hasReason = (reason: Reason): boolean => records.some((record) => record.reason === reason);
  if (hasReason('session-cancelled')) return 'cancelled';
  if (hasReason('session-timeout')) return 'timed-out';
  return hasReason('session-failed') ? 'failed' : undefined;
}

function isUnlisted(index: PlanIndex, at: number, task: TaskState): boolean {
  return task.status === 'queued' && taskAt(index, at).forEach === true && !task.items;
}

function restoreRun(index: PlanIndex, state: SessionState, ref: RunRef, record: RunRecord, roster: string[]): RunState {
  const { status, reason, attempt, startedAt, endedAt, isStopping } = record;
  const relative = (at: number): number => at - state.startedAt;
  const run: RunState = { status, ...(reason !== null && { reason }), ...(attempt > 0 && { attempt }) };
  if (startedAt !== null) run.startedAt = relative(startedAt);
  if (endedAt !== null) run.endedAt = relative(endedAt);
  const agent = agentIndex(index, record.agent, roster);
  if (agent !== undefined) run.agent = agent;
  if (hasEnded(run)) return run;
  const { taskTimeoutMs } = policyOf(index, ref.task);
  if (taskTimeoutMs !== undefined && run.startedAt !== undefined) run.deadlineAt = run.startedAt + taskTimeoutMs;
  if (isStopping && status === 'running') run.stop = 'cancel';
  restoreTries(index, state, ref, record, run);
  return run;
}

function restoreTries(
  index: PlanIndex,
  state: SessionState,
  ref: RunRef,
  { agent, status, mostTries, failedBy, failedAt, retryAfterMs }: RunRecord,
  run: RunState,
): void {
  const { retry } = policyOf(index, ref.task);
  const { fallback: at, agents } = taskAt(index, ref.task);
  const fallback = at === undefined || agents.includes(at) ? undefined : index.outline.agents[at]?.name;
  const byFirst = failedBy.filter((name) => name !== fallback);
  const onFallback = fallback !== undefined && (agent === fallback || byFirst.length >= (mostTries ?? retry.attempts));
  if (onFallback) run.onFallback = true;
  const failures = onFallback ? failedBy.length - byFirst.length : byFirst.length;
  run.tries = failures + Number(status === 'running');
  if (mostTries !== null) run.mostTries = mostTries;
  const waits = status === 'waiting' && (run.reason === 'retry' || run.reason === 'rate-limit');
  if (!waits || failedAt === null) return;
  // Drawn as the engine drew it: from the same seed.
  const backoff = backoffMs(retry, failures, `${state.id}/${runKey(index, ref)}/${run.attempt}`);
  run.dueAt = failedAt - state.startedAt + Math.max(backoff, retryAfterMs ?? 0);
}

function agentIndex(index: PlanIndex, name: string | null, roster: string[]): number | undefined {
  if (name === null || name === 'session') return undefined;
  const { agents } = index.outline;
  const known = agents.findIndex((agent) => agent.name === name);
  if (known >= 0) return known;
  const at = roster.indexOf(name);
  return agents.length + (at >= 0 ? at : roster.push(name) - 1);
}
