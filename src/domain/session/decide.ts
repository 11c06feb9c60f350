import { endAttempt, endWholeRun, lineUp, resolveConflict, startAttempt, startGranted, takeTurn } from './attempts';
import { cancelTask } from './cancel-task';
import { endWhenDone } from './completion';
import { Draft } from './draft';
import { editPlan } from './edit';
import type { Command, Decision, Fact, SessionEvent } from './events';
import { expand, leaveEvaluation } from './fan-out';
import type { PlanIndex } from './outline';
import { dequeue } from './queue';
import { leaveOut } from './race';
import { considerAll, endTask, letRun, propagate } from './readiness';
import { retryTasks } from './retrying';
import type { RunRef } from './run-key';
import { wholeTask } from './run-key';
import type { SessionState } from './state';
import { pauseSession, resumeSession, stopSession } from './stopping';
import { passTime } from './timers';

export interface Decided {
  state: SessionState;
  commands: Command[];
  facts: Fact[];
  /** Runs whose record changed, by key. */
  touched: ReadonlyMap<string, RunRef>;
  /** Of the plan that an edit has put in the place of the one before. */
  index?: PlanIndex;
  /** Why a request from outside was refused; the state is unchanged then. */
  refusal?: string;
}

/**
 * The session engine: what an event makes of a session. Pure, total and synchronous: it reads no clock, no random numbers and no
 * stores, throws only on a broken outline, and leaves the state it is given as it was. `now`: milliseconds since 1970.
 */
export function decide(index: PlanIndex, state: SessionState, event: SessionEvent, now: number): Decided {
  const draft = new Draft(index, state, now);
  const decided = conclude(draft, () => take(draft, event));
  return draft.index === index ? decided : { ...decided, index: draft.index };
}

/** The same for what a turn decided with data that the engine does not hold. A decision that no longer applies changes nothing. */
export function applyDecision(index: PlanIndex, state: SessionState, decision: Decision, now: number): Decided {
  return conclude(new Draft(index, state, now), (draft) => {
    obey(draft, decision);
    return undefined;
  });
}

function conclude(draft: Draft, change: (draft: Draft) => string | undefined): Decided {
  const refusal = change(draft);
  propagate(draft);
  endWhenDone(draft);
  const { state, commands, facts, touched } = draft;
  return { state, commands, facts, touched, ...(refusal === undefined ? {} : { refusal }) };
}

function take(draft: Draft, event: SessionEvent): string | undefined {
  const { state } = draft;
  switch (event.type) {
    case 'session-started':
      if (event.expectedMs) state.expectedMs = event.expectedMs;
      draft.record({ type: 'session-started' });
      considerAll(draft);
      return undefined;
    case 'attempt-ended':
      endAttempt(draft, event.run, event.attempt, event);
      return undefined;
    case 'attempt-lost':
      endAttempt(draft, event.run, event.attempt, { verdict: 'lost' });
      return undefined;
    case 'attempt-unstarted':
      endAttempt(draft, event.run, event.attempt, { verdict: 'unstarted' });
      return undefined;
    case 'agent-granted':
      startGranted(draft, event);
      return undefined;
    case 'turn-came':
      takeTurn(draft, event.run);
      return undefined;
    case 'time-passed':
      passTime(draft, event.at);
      return undefined;
    case 'pause-requested':
      if (state.ended) return 'the session has ended';
      if (state.stopping && state.stopping !== 'failed') return 'the session is being stopped';
      pauseSession(draft, event.now === true);
      return undefined;
    case 'resume-requested':
      if (!state.paused) return 'the session is not paused';
      resumeSession(draft);
      return undefined;
    case 'cancel-requested':
      if (state.ended) return 'the session has ended';
      if (state.open === 0) return 'all its tasks have ended, and it is about to end';
      if (state.stopping !== 'cancelled') stopSession(draft, 'cancelled', event.reason);
      return undefined;
    case 'task-cancel-requested':
      return cancelTask(draft, event.run, event.reason);
    case 'retry-requested':
      return retryTasks(draft, event.task);
    case 'edit-requested':
      return editPlan(draft, event);
    case 'resolve-requested':
      return resolveConflict(draft, event.run);
  }
}

function obey(draft: Draft, decision: Decision): void {
  switch (decision[0]) {
    case 'ready':
      if (leaveEvaluation(draft, decision[1])) letRun(draft, decision[1]);
      return;
    case 'skip':
      if (leaveEvaluation(draft, decision[1])) endTask(draft, decision[1], 'skipped', 'condition');
      return;
    case 'reject': {
      const ref = { task: decision[1], item: decision[2] };
      const waits = ref.item === wholeTask && leaveEvaluation(draft, ref.task);
      if (waits || dequeue(draft, ref)) endWholeRun(draft, ref, 'failed', decision[3] ?? 'evaluation');
      return;
    }
    case 'expand':
      if (leaveEvaluation(draft, decision[1])) expand(draft, decision[1], decision[2]);
      return;
    case 'start': {
      const [, task, item, attempt, agent, token, mark, tries] = decision;
      const start = { attempt, agent, token, adopted: mark === 1, remote: mark === 2 };
      startAttempt(draft, { task, item }, { ...start, ...(tries !== undefined && { tries }) });
      return;
    }
    case 'over-budget': {
      const ref = { task: decision[1], item: decision[2] };
      if (dequeue(draft, ref)) endWholeRun(draft, ref, 'failed', 'budget');
      return;
    }
    case 'line-up':
      lineUp(draft, { task: decision[1], item: decision[2] }, decision[3]);
      return;
    case 'leave-out':
      leaveOut(draft, { task: decision[1], item: decision[2] });
      return;
  }
}
