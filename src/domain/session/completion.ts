import { durationWords } from '../duration';
import type { Draft } from './draft';
import type { SessionState, TaskStatus } from './state';
import { SessionStatus, hasEnded } from './state';
import type { PlanIndex } from './outline';
import { policyOf } from './outline';

/** Ends the session once every task has ended, and all that lost a race have stopped. */
export function endWhenDone(draft: Draft): void {
  const { state } = draft;
  if (state.ended || state.open > 0 || state.inFlight > 0) return;
  const status = finalStatus(draft.index, state);
  delete state.paused;
  delete state.deadlineAt;
  state.ended = { status, at: draft.elapsed };
  draft.record({ type: 'session-ended', status });
  draft.emit({ type: 'end-session', status });
}

function finalStatus(index: PlanIndex, state: SessionState): SessionStatus {
  if (state.stopping === 'cancelled') return SessionStatus.cancelled;
  if (state.stopping === 'timed-out') return SessionStatus.failed;
  const failed = state.tasks.flatMap((task, at) => (task.status === 'failed' ? [at] : []));
  if (failed.some((task) => policyOf(index, task).onFailure === 'fail')) return SessionStatus.failed;
  const has = (status: TaskStatus): boolean => state.tasks.some((task) => task.status === status);
  // Cancelled tasks are left where a cancelled session was reopened for some of its tasks only.
  if (failed.length === 0 && !has('cancelled')) return SessionStatus.succeeded;
  if (has('succeeded')) return SessionStatus.partiallySucceeded;
  return failed.length > 0 ? SessionStatus.failed : SessionStatus.cancelled;
}

/** What went wrong with a session that has ended, in a sentence; undefined where nothing did, or somebody cancelled it. */
export function sessionError({ outline }: PlanIndex, { ended, stopping, tasks }: SessionState): string | undefined {
  if (stopping === 'timed-out') return `The session ran into its timeout of ${durationWords(outline.timeoutMs ?? 0)}.`;
  const { status } = ended ?? {};
  if (status !== SessionStatus.failed && status !== SessionStatus.partiallySucceeded) return undefined;
  const named = (wanted: TaskStatus): string[] =>
    tasks.flatMap((task, at) => (task.status === wanted ? [outline.tasks[at]?.name ?? '?'] : []));
  const failed = named('failed');
  // Of a session that succeeded in part, nothing need have failed.
  return failed.length > 0 ? `${tasksWords(failed)} failed.` : wasCancelled(named('cancelled'));
}

function wasCancelled(names: readonly string[]): string {
  return `${tasksWords(names)} ${names.length === 1 ? 'was' : 'were'} cancelled.`;
}

function tasksWords(names: readonly string[]): string {
  const more = names.length > 5 ? ` and ${names.length - 5} more` : '';
  return `${names.length === 1 ? 'Task' : 'Tasks'} ${names.slice(0, 5).join(', ')}${more}`;
}

/** What the session is doing, in one word. */
export function statusOf(state: SessionState): SessionStatus {
  if (state.ended) return state.ended.status;
  if (state.paused) return SessionStatus.paused;
  if (state.inFlight === 0 && (state.inLine > 0 || waitsForRateLimit(state))) return SessionStatus.waiting;
  return SessionStatus.running;
}

function waitsForRateLimit(state: SessionState): boolean {
  const waits = ({ status, reason }: { status: string; reason?: string }): boolean =>
    status === 'waiting' && reason === 'rate-limit';
  return state.tasks.some((task) => !hasEnded(task) && (waits(task) || (task.items?.some(waits) ?? false)));
}
