import type { Draft } from './draft';
import type { AttemptEnded } from './events';
import { dequeue, enqueue, noAgent } from './queue';
import { endFanOutWhenDone, endRun, endTask, stoppingReason } from './readiness';
import { backoffMs } from './retries';
import type { RunRef } from './run-key';
import { parseRunKey, wholeTask } from './run-key';
import type { Reason, RunState, StopIntent } from './state';
import { findRun } from './state';

/** What the end of an attempt says, whatever told us. */
type AttemptEnd = Pick<AttemptEnded, 'retryAfterMs' | 'retryable'> & {
  verdict: AttemptEnded['verdict'] | 'lost' | 'unstarted';
};

/** Starts an attempt of a run that is in the line; of another, and in a paused session, it changes nothing. */
export function startAttempt(
  draft: Draft,
  ref: RunRef,
  attempt: number,
  agent: number,
  token: number,
  adopted: boolean,
): void {
  if (draft.state.paused || attempt <= (findRun(draft.state, ref)?.attempt ?? 0) || !dequeue(draft, ref)) return;
  const run = draft.setStatus(ref, 'running');
  const { taskTimeoutMs, attemptTimeoutMs } = draft.policy(ref.task);
  if (ref.item !== wholeTask) markFanOutStarted(draft, ref.task, taskTimeoutMs);
  else if (run.startedAt === undefined) setTaskDeadline(run, draft.elapsed, taskTimeoutMs);
  run.startedAt ??= draft.elapsed;
  run.attempt = attempt;
  run.tries = (run.tries ?? 0) + 1;
  draft.state.inFlight += 1;
  const isChild = agent === noAgent;
  if (isChild) {
    delete run.agent;
    if (attemptTimeoutMs !== undefined) run.attemptDeadlineAt = draft.elapsed + attemptTimeoutMs;
  } else {
    run.agent = agent;
    draft.state.load[agent] = (draft.state.load[agent] ?? 0) + 1;
  }
  const key = draft.key(ref);
  const agentName = draft.index.outline.agents[agent]?.name ?? 'session';
  draft.record({ type: 'attempt-started', run: key, attempt, agent: agentName });
  if (adopted) return;
  if (isChild) draft.emit({ type: 'start-child', run: key, attempt });
  else draft.emit({ type: 'start-attempt', run: key, attempt, agent: agentName, token });
}

/** An intent replaces only a weaker one. */
const strength: Record<StopIntent, number> = { requeue: 1, 'attempt-timeout': 2, 'task-timeout': 3, cancel: 4 };

/** Tells the attempt in flight to stop. */
export function stopAttempt(draft: Draft, ref: RunRef, intent: StopIntent): void {
  const run = draft.run(ref);
  if (run.status !== 'running' || run.attempt === undefined) return;
  if (run.stop !== undefined && strength[run.stop] >= strength[intent]) return;
  const alreadyTold = run.stop !== undefined;
  const changed = draft.edit(ref);
  changed.stop = intent;
  delete changed.attemptDeadlineAt;
  const key = draft.key(ref);
  draft.record({ type: 'attempt-stopping', run: key, attempt: run.attempt, reason: intent });
  if (alreadyTold) return;
  if (run.agent === undefined) draft.emit({ type: 'tell-child', run: key, attempt: run.attempt, tell: 'cancel' });
  else draft.emit({ type: 'stop-attempt', run: key, attempt: run.attempt });
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
  if (end.verdict === 'succeeded') return endWholeRun(draft, ref, 'succeeded');
  switch (intent) {
    case 'cancel':
      return endWholeRun(draft, ref, 'cancelled', stoppingReason(draft));
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
  const run = draft.run(ref);
  const { retry } = draft.policy(ref.task);
  const tries = run.tries ?? 0;
  if (end.retryable === false || tries >= retry.attempts) return giveUp(draft, ref, 'attempts');
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

/** Ends a run, and the fan-out it was the last item of. */
export function endWholeRun(
  draft: Draft,
  ref: RunRef,
  status: 'succeeded' | 'failed' | 'cancelled',
  reason?: Reason,
): void {
  if (ref.item === wholeTask) return endTask(draft, ref.task, status, reason);
  endRun(draft, ref, status, reason);
  endFanOutWhenDone(draft, ref.task);
}

function leaveAgent(draft: Draft, ref: RunRef): void {
  const run: RunState = draft.edit(ref);
  draft.state.inFlight -= 1;
  if (run.agent !== undefined) draft.state.load[run.agent] = (draft.state.load[run.agent] ?? 0) - 1;
  delete run.stop;
  delete run.attemptDeadlineAt;
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
