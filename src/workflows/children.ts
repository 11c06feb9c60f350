import {
  ChildWorkflowFailure,
  ParentClosePolicy,
  getExternalWorkflowHandle,
  startChild,
  workflowInfo,
} from '@temporalio/workflow';
import { WorkflowExecutionAlreadyStartedError, WorkflowIdReusePolicy } from '@temporalio/common';
import { attemptLost } from '../contracts/protocol/attempt-events';
import { childSessionId, eventIds, workflowIdOf } from '../contracts/protocol/ids';
import { sessionMessages, sessionWorkflow } from '../contracts/protocol/session';
import type { SessionInput } from '../contracts/protocol/session';
import type { Command, SessionEvent } from '../domain/session/events';
import { splitRunKey } from '../domain/session/run-key';
import type { Inbox } from './inbox';
import type { SessionRun, TakenTurn } from './session-run';

/** Starts child sessions. They outlive this run and report by signal. */
export function startChildren(run: SessionRun, inbox: Inbox, { commands, trace }: TakenTurn): void {
  for (const command of commands) {
    if (command.type !== 'start-child') continue;
    const child = childSessionId(run.input.session, splitRunKey(command.run), command.attempt);
    run.childStarts.set(child, startOne(run, inbox, command, child, trace));
  }
}

async function startOne(
  run: SessionRun,
  inbox: Inbox,
  { run: key, attempt }: { run: string; attempt: number },
  child: string,
  trace: string | undefined,
): Promise<void> {
  const { workspace, session, settings } = run.input;
  const input: SessionInput = { workspace, session: child, settings, ...(trace !== undefined && { trace }) };
  run.pendingStarts += 1;
  try {
    await startChild(sessionWorkflow, {
      workflowId: workflowIdOf(workspace, child),
      args: [input],
      parentClosePolicy: ParentClosePolicy.ABANDON,
      workflowIdReusePolicy: WorkflowIdReusePolicy.REJECT_DUPLICATE,
      staticSummary: `${key} of ${session}`,
    });
  } catch (error) {
    // After a reset the child of the branch that was left is there already: its outcome will be signalled.
    if (error instanceof WorkflowExecutionAlreadyStartedError) return;
    if (!(error instanceof ChildWorkflowFailure)) throw error;
    inbox.add(attemptLost(key, attempt));
  } finally {
    run.pendingStarts -= 1;
    run.childStarts.delete(child);
  }
}

/** Passes pause, resume and cancel on to child sessions. One that has ended needs no word. */
export function tellChildren(run: SessionRun, commands: readonly Command[]): void {
  for (const command of commands) {
    if (command.type === 'tell-child') void tellOne(run, command);
  }
}

async function tellOne(
  run: SessionRun,
  { run: key, attempt, tell }: Extract<Command, { type: 'tell-child' }>,
): Promise<void> {
  const { workspace, session } = run.input;
  const child = childSessionId(session, splitRunKey(key), attempt);
  const id = eventIds.toldByParent(tell, workflowInfo().runId, run.turnsTaken);
  run.pendingStarts += 1;
  try {
    // One that is not there yet would not hear it.
    await run.childStarts.get(child);
    await getExternalWorkflowHandle(workflowIdOf(workspace, child)).signal<[SessionEvent[]]>(sessionMessages.events, [
      toldEvent(id, tell),
    ]);
  } catch {
    // Temporal refuses signals to a workflow that has closed.
  } finally {
    run.pendingStarts -= 1;
  }
}

function toldEvent(id: string, tell: Extract<Command, { type: 'tell-child' }>['tell']): SessionEvent {
  switch (tell) {
    case 'pause':
      return { id, type: 'pause-requested' };
    case 'pause-now':
      return { id, type: 'pause-requested', now: true };
    case 'resume':
      return { id, type: 'resume-requested' };
    case 'cancel':
      return { id, type: 'cancel-requested', reason: 'cancelled with its parent' };
  }
}
