import {
  CancellationScope,
  CancelledFailure,
  allHandlersFinished,
  ApplicationFailure,
  condition,
  continueAsNew,
  defineQuery,
  defineSignal,
  defineUpdate,
  setHandler,
  sleep,
  workflowInfo,
} from '@temporalio/workflow';
import { HandlerUnfinishedPolicy } from '@temporalio/common';
import { eventIds } from '../contracts/protocol/ids';
import type {
  Progress,
  RequestReply,
  SessionInput,
  SessionRequest,
  SessionResult,
  TaskPage,
  TaskProgress,
} from '../contracts/protocol/session';
import { sessionMessages } from '../contracts/protocol/session';
import type { SessionEvent } from '../domain/session/events';
import { startAttempts, takeAttemptAgain } from './attempts';
import { startChildren, tellChildren } from './children';
import { Inbox } from './inbox';
import { SessionRun } from './session-run';
import { checkRequest } from './requests';
import { WakeTimer } from './wake-timer';
import { showProgress } from './visibility';

const requestUpdate = defineUpdate<RequestReply, [SessionRequest]>(sessionMessages.request);
const eventsSignal = defineSignal<[SessionEvent[]]>(sessionMessages.events);
const progressQuery = defineQuery<Progress | undefined>(sessionMessages.progress);
const tasksQuery = defineQuery<TaskProgress[], [TaskPage]>(sessionMessages.tasks);

/**
 * A session: takes in events, commits them as turns, and does what the engine says. All logic is in domain/session; all data is in
 * PostgreSQL.
 */
export async function session(input: SessionInput): Promise<SessionResult> {
  const inbox = new Inbox(input.events ?? (input.state ? [] : [{ id: eventIds.started, type: 'session-started' }]));
  if (input.brought) inbox.bring(input.brought);
  const run = new SessionRun(input);

  setHandler(progressQuery, () => run.progress());
  setHandler(tasksQuery, (page) => run.tasks(page));
  setHandler(eventsSignal, (events) => inbox.add(...events));
  setHandler(requestUpdate, (request) => inbox.ask(request), {
    validator: checkRequest,
    // The client asks again, by the same id.
    unfinishedPolicy: HandlerUnfinishedPolicy.ABANDON,
  });

  const scope = CancellationScope.current();
  void scope.cancelRequested.catch(() => {
    inbox.add({
      id: eventIds.cancelledInTemporal(workflowInfo().runId),
      type: 'cancel-requested',
      reason: 'cancelled in Temporal',
    });
  });
  // A cancel is the engine's business: it stops agents and keeps results. Temporal's own would only drop what is in flight.
  const result = await CancellationScope.nonCancellable(() => takeTurns(input, inbox, run));
  if (result.status === 'failed') throw ApplicationFailure.nonRetryable('The session failed.', 'SessionFailed', result);
  if (result.status === 'cancelled' && scope.consideredCancelled)
    throw new CancelledFailure('The session was cancelled.', [result]);
  return result;
}

async function takeTurns(input: SessionInput, inbox: Inbox, run: SessionRun): Promise<SessionResult> {
  const timer = new WakeTimer();
  for (;;) {
    const turn = await run.takeTurn(inbox);
    startAttempts(run, inbox, turn);
    takeAttemptAgain(run, inbox, turn);
    startChildren(run, inbox, turn);
    tellChildren(run, turn.commands);
    showProgress(run);
    inbox.reply(turn.replies, run.status);

    if (run.hasEnded && inbox.isEmpty) {
      await condition(allHandlersFinished);
      if (inbox.isEmpty) return run.result();
    }
    if (shallContinue(input) && run.isSettled) {
      // Under a flood the inbox is never empty, and somebody always waits for an answer: whoever gets none asks again.
      await condition(() => allHandlersFinished() || !inbox.isEmpty);
      const canContinue = allHandlersFinished() || isOverdue(input);
      if (canContinue && run.isSettled) await continueAsNew<typeof session>(run.carryOver(inbox.events));
    }
    if (turn.more) {
      // In a workflow task of its own: one of them takes only so many commands.
      await sleep(1);
    } else {
      timer.arm(run.nextWake, (atMs) => inbox.wake(atMs));
      await condition(
        () => !inbox.isEmpty || inbox.wokenAt !== undefined || (shallContinue(input) && run.isSettled && !run.hasEnded),
      );
    }
  }
}

function shallContinue({ settings }: SessionInput): boolean {
  const { historyLength, continueAsNewSuggested } = workflowInfo();
  return historyLength >= settings.continueAfterEvents || continueAsNewSuggested;
}

/** Well before Temporal's own limits: 10,000 signals and 2,000 updates a run. */
function isOverdue({ settings }: SessionInput): boolean {
  return workflowInfo().historyLength >= 1.5 * settings.continueAfterEvents;
}
