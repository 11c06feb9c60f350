import type { Draft } from './draft';
import type { AgentGranted, AttemptEnded } from './events';
import { noAgent } from './outline';
import { dequeue, enqueue } from './queue';
import { agentNameOf, rosterIndex } from './roster';
import { isTakenBySibling, isRacer, winRace } from './race';
import { cancelReason, endFanOutWhenDone, endRun, endTask } from './readiness';
import { backoffMs } from './retries';
import type { RunRef } from './run-key';
import { parseRunKey, wholeTask } from './run-key';
import type { LineReason, Reason, RunState } from './state';
import { findRun, isInLine } from './state';

/** What the end of an attempt says, whatever told us. */
type AttemptEnd = Pick<AttemptEnded, 'retryAfterMs' | 'retryable'> & {
  verdict: AttemptEnded['verdict'] | 'lost' | 'unstarted';
};

/** What an attempt starts with. */
export interface AttemptStart {
  attempt: number;
  /** An index, or the name of an agent of the registry. */
  agent: number | string;
  token: number;
  /** It is in flight already. */
  adopted?: boolean;
  /** The agent comes for its work. */
  remote?: boolean;
  /** How often the run may be tried with the agent; absent: as the plan has it. */
  tries?: number;
}

/** Starts an attempt of a run that is queued; of another, and in a paused session, it changes nothing. */
export function startAttempt(draft: Draft, ref: RunRef, start: AttemptStart): void {
  const isNew = start.attempt > (findRun(draft.state, ref)?.attempt ?? 0);
  if (!draft.state.paused && isNew && dequeue(draft, ref)) beginAttempt(draft, ref, start);
}

/** Others have what the run wants: it waits in the line, and keeps its place by the time at which it was queued. */
export function lineUp(draft: Draft, ref: RunRef, reason: LineReason): void {
  if (draft.state.paused || !dequeue(draft, ref)) return;
  draft.setStatus(ref, 'waiting', reason);
  draft.record({ type: 'task-waiting', run: draft.key(ref), reason });
}

/** Lets the run try again to get what it waits for. */
export function takeTurn(draft: Draft, key: string): void {
  const ref = parseRunKey(draft.index, key);
  const run = ref && findRun(draft.state, ref);
  if (ref && run && isInLine(run)) leaveLine(draft, ref);
}

/** Lets what waits for resources go ahead in spite of those who have them. Returns why it is refused, or nothing. */
export function resolveConflict(draft: Draft, key: string): string | undefined {
  const ref = parseRunKey(draft.index, key);
  const run = ref && findRun(draft.state, ref);
  if (!ref || !run) return `the session has no task "${key}"`;
  const items = ref.item === wholeTask ? draft.task(ref.task).items : undefined;
  const waiting = (items ? items.map((_, item) => ({ task: ref.task, item })) : [ref]).filter((one) => {
    const { status, reason } = draft.run(one);
    return status === 'waiting' && reason === 'conflict';
  });
  if (waiting.length === 0) return `task "${key}" does not wait for resources; it is ${run.status}`;
  for (const one of waiting) {
    draft.edit(one).ignoresConflicts = true;
    draft.record({ type: 'conflict-resolved', run: draft.key(one) });
    leaveLine(draft, one);
  }
  return undefined;
}

/**
 * Starts the attempt that got its turn. One of a run that is not in the line any more is given back, and so is one that the session has no
 * room for by now, or whose agent another racer has: its run lines up again.
 */
export function startGranted(draft: Draft, grant: AgentGranted): void {
  const ref = parseRunKey(draft.index, grant.run);
  const run = ref && findRun(draft.state, ref);
  const waitsForAgent = run?.status === 'waiting' && run.reason === 'capacity';
  if (!ref || !waitsForAgent || grant.attempt <= (run.attempt ?? 0)) return;
  const hasRoom = draft.state.inFlight < draft.index.outline.concurrency;
  if (hasRoom && !isTakenBySibling(draft.index, draft.state, ref, grant.agent)) beginAttempt(draft, ref, grant);
  else leaveLine(draft, ref);
}

/** Puts a run that waits in the line back into the session's own queue. */
export function leaveLine(draft: Draft, ref: RunRef): void {
  const { queuedAt } = draft.run(ref);
  enqueue(draft, ref);
  if (queuedAt !== undefined) draft.edit(ref).queuedAt = queuedAt;
}

function beginAttempt(
  draft: Draft,
  ref: RunRef,
  { attempt, agent: chosen, token, adopted, remote, tries }: AttemptStart,
): void {
  const run = draft.setStatus(ref, 'running');
  const agent = typeof chosen === 'string' ? rosterIndex(draft, chosen) : chosen;
  if (isRacer(draft.index, ref) && run.agent !== agent) siblingsLookAgain(draft, ref);
  const { taskTimeoutMs, attemptTimeoutMs } = draft.policy(ref.task);
  if (ref.item !== wholeTask) markFanOutStarted(draft, ref.task, taskTimeoutMs);
  else if (run.startedAt === undefined) setTaskDeadline(run, draft.elapsed, taskTimeoutMs);
  run.startedAt ??= draft.elapsed;
  run.attempt = attempt;
  run.tries = (run.tries ?? 0) + 1;
  if (tries === undefined) delete run.mostTries;
  else run.mostTries = tries;
  draft.state.inFlight += 1;
  const isChild = agent === noAgent;
  if (isChild) {
    delete run.agent;
    if (attemptTimeoutMs !== undefined) run.attemptDeadlineAt = draft.elapsed + attemptTimeoutMs;
  } else {
    run.agent = agent;
    changeLoad(draft, agent, 1);
  }
  const key = draft.key(ref);
  const agentName = agentNameOf(draft.index, draft.state, agent) ?? 'session';
  draft.record({ type: 'attempt-started', run: key, attempt, agent: agentName });
  if (adopted) return;
  if (isChild) draft.emit({ type: 'start-child', run: key, attempt });
  else draft.emit({ type: 'start-attempt', run: key, attempt, agent: agentName, token, ...(remote && { remote }) });
}

/** Who of the other racers waits for an agent asks anew: others than before may be free. */
function siblingsLookAgain(draft: Draft, { task, item }: RunRef): void {
  draft.task(task).items?.forEach(({ status, reason }, other) => {
    if (other !== item && status === 'waiting' && reason === 'capacity') leaveLine(draft, { task, item: other });
  });
}

/** Takes in the end of an attempt. One that is not the attempt in flight (late, repeated, unknown) changes nothing. */
export function endAttempt(draft: Draft, key: string, attempt: number, end: AttemptEnd): void {
  const ref = parseRunKey(draft.index, key);
  const run = ref && findRun(draft.state, ref);
  if (!ref || !run || run.status !== 'running' || run.attempt !== attempt) return;
  const intent = run.stop;
  const wasChild = run.agent === undefined;
  draft.record({ type: 'attempt-ended', run: key, attempt, verdict: end.verdict });
  leaveAgent(draft, ref);
  if (intent === 'race-lost') return endRun(draft, ref, 'cancelled', 'race-lost');
  if (end.verdict === 'succeeded') return endWholeRun(draft, ref, 'succeeded');
  switch (intent) {
    case 'cancel':
      return endWholeRun(draft, ref, 'cancelled', cancelReason(draft));
    case 'task-timeout':
      return giveUp(draft, ref, 'task-timeout');
    case 'requeue':
      return requeueForFree(draft, ref);
    case 'attempt-timeout':
      return tryAgain(draft, ref, { verdict: 'timed_out' });
    case undefined:
      // Stopped without being told by this session: its worker shut down, which costs no try; but somebody who
      // cancels a child session means it.
      if (end.verdict === 'unstarted') return requeueForFree(draft, ref);
      if (end.verdict === 'cancelled') return wasChild ? giveUp(draft, ref, 'attempts') : requeueForFree(draft, ref);
      return tryAgain(draft, ref, end);
  }
}

/** The run has failed for good: the fallback agent takes it, or it ends. */
function giveUp(draft: Draft, ref: RunRef, reason: Reason): void {
  const { fallback } = draft.outlineTask(ref.task);
  const run = draft.edit(ref);
  if (fallback !== undefined && !run.onFallback && reason === 'attempts') {
    run.onFallback = true;
    delete run.tries;
    return enqueue(draft, ref);
  }
  endWholeRun(draft, ref, 'failed', reason);
}

function tryAgain(draft: Draft, ref: RunRef, end: AttemptEnd): void {
  const run = draft.edit(ref);
  const { retry } = draft.policy(ref.task);
  const { tries = 0, mostTries = retry.attempts } = run;
  if (end.retryable === false || tries >= mostTries) return giveUp(draft, ref, 'attempts');
  if (end.verdict === 'lost') run.wasLost = true;
  const backoff = backoffMs(retry, tries, `${draft.state.id}/${draft.key(ref)}/${run.attempt}`);
  const dueAt = draft.elapsed + Math.max(backoff, end.retryAfterMs ?? 0);
  const reason: Reason = end.verdict === 'rate_limited' ? 'rate-limit' : 'retry';
  if (dueAt <= draft.elapsed) return enqueue(draft, ref);
  draft.setStatus(ref, 'waiting', reason).dueAt = dueAt;
  draft.record({ type: 'task-waiting', run: draft.key(ref), reason, untilMs: draft.state.startedAt + dueAt });
}

function requeueForFree(draft: Draft, ref: RunRef): void {
  const run = draft.edit(ref);
  run.tries = Math.max(0, (run.tries ?? 0) - 1);
  enqueue(draft, ref);
}

/** Ends a run, and the fan-out it was the last item of, or the race that it decides. */
export function endWholeRun(
  draft: Draft,
  ref: RunRef,
  status: 'succeeded' | 'failed' | 'cancelled',
  reason?: Reason,
): void {
  if (ref.item === wholeTask) return endTask(draft, ref.task, status, reason);
  endRun(draft, ref, status, reason);
  if (status === 'succeeded' && isRacer(draft.index, ref)) return winRace(draft, ref);
  // Who waits for an agent that is gone by now is left out.
  if (isRacer(draft.index, ref)) siblingsLookAgain(draft, ref);
  endFanOutWhenDone(draft, ref.task);
}

function leaveAgent(draft: Draft, ref: RunRef): void {
  const run: RunState = draft.edit(ref);
  draft.state.inFlight -= 1;
  if (run.agent !== undefined) changeLoad(draft, run.agent, -1);
  delete run.stop;
  delete run.attemptDeadlineAt;
}

/** Agents of the registry keep count of their load themselves. */
function changeLoad({ state }: Draft, agent: number, change: 1 | -1): void {
  const load = state.load[agent];
  if (load !== undefined) state.load[agent] = load + change;
}

function markFanOutStarted(draft: Draft, task: number, taskTimeoutMs: number | undefined): void {
  if (draft.task(task).status === 'running') return;
  const whole = draft.setStatus({ task, item: wholeTask }, 'running');
  if (whole.startedAt === undefined) setTaskDeadline(whole, draft.elapsed, taskTimeoutMs);
  whole.startedAt ??= draft.elapsed;
}

function setTaskDeadline(run: RunState, elapsed: number, taskTimeoutMs: number | undefined): void {
  if (taskTimeoutMs !== undefined) run.deadlineAt = elapsed + taskTimeoutMs;
}
