import { ActivityCancellationType, ActivityFailure, TimeoutFailure, proxyActivities } from '@temporalio/workflow';
import { TimeoutType } from '@temporalio/common';
import type { AgentActivities, RunTaskInput, UnbegunAttempt } from '../contracts/protocol/activities';
import { queueOf } from '../contracts/protocol/queues';
import { attemptEnded, attemptLost, attemptUnstarted } from '../contracts/protocol/attempt-events';
import type { SessionEvent } from '../domain/session/events';
import type { OutlineTask } from '../domain/session/outline';
import { splitRunKey } from '../domain/session/run-key';
import type { Inbox } from './inbox';
import type { SessionRun, TakenTurn } from './session-run';

/** Time that an activity has beyond the attempt's timeout, to end its agent and to settle. */
const settleTimeMs = 10 * 60_000;

/** The input of an activity is kept in history. */
const mostNeedsToRead = 4;

const defaultAttemptTimeoutMs = 24 * 60 * 60_000;

/** Schedules an activity for each attempt that the turn started. */
export function startAttempts(run: SessionRun, inbox: Inbox, { commands, trace }: TakenTurn): void {
  for (const command of commands) {
    if (command.type === 'start-attempt') void runAttempt(run, inbox, command, command.agent, trace);
  }
}

/** Schedules attempts anew that were waiting for a worker when the run before continued as new. */
export function takeAttemptAgain(run: SessionRun, inbox: Inbox, { unbegun, trace }: TakenTurn): void {
  for (const attempt of unbegun) void runAttempt(run, inbox, attempt, attempt.agent ?? 'agent', trace);
}

/** `remote`: its agent comes for its work, so that the activity stays open without a worker, and the lease alone says whether somebody is at it. */
type ScheduledAttempt = Pick<UnbegunAttempt, 'run' | 'attempt' | 'token' | 'remote'>;

async function runAttempt(
  run: SessionRun,
  inbox: Inbox,
  { run: key, attempt, token, remote }: ScheduledAttempt,
  agent: string,
  trace: string | undefined,
): Promise<void> {
  const { workspace, session, settings } = run.input;
  const traced = trace === undefined ? {} : { trace };
  const needs = needsToRead(run, key);
  const input: RunTaskInput = { workspace, session, run: key, attempt, token, ...(needs && { needs }), ...traced };
  const { runTask } = proxyActivities<AgentActivities>({
    taskQueue: queueOf(settings.taskQueue, agent, workspace),
    scheduleToStartTimeout: settings.grantMs,
    startToCloseTimeout: (remote ? settings.grantMs : 0) + attemptTimeoutMs(run, key) + settleTimeMs,
    ...(!remote && { heartbeatTimeout: settings.leaseMs }),
    // Attempts belong to the engine: two of Temporal's can be alive at once, and both would bill.
    retry: { maximumAttempts: 1 },
    cancellationType: ActivityCancellationType.ABANDON,
    summary: `${key} · ${agent}`,
  });
  try {
    const result = await runTask(input);
    // Not run: its grant may have expired. The database knows; one that runs elsewhere, or was withdrawn, stays as it is.
    if (!result.ran) {
      inbox.add(attemptUnstarted(key, attempt));
      return;
    }
    inbox.add(attemptEnded(key, attempt, { ...result, retryable: result.retryable ?? true }));
    if (result.turn) inbox.bring(result.turn);
  } catch (error) {
    if (!(error instanceof ActivityFailure)) throw error;
    inbox.add(withoutOutcome(error, key, attempt));
  }
}

/** Fan-outs have as many results as items, and races as racers: who needs such tasks, or many, reads them by themselves. */
function needsToRead(run: SessionRun, key: string): string[] | undefined {
  const { tasks } = run.outline;
  const { needs = [] } = tasks[run.taskIndex(splitRunKey(key).name)] ?? {};
  if (needs.length === 0 || needs.length > mostNeedsToRead) return undefined;
  const needed = needs.map((at) => tasks[at] as OutlineTask);
  if (needed.some(({ forEach, race }) => forEach || race !== undefined)) return undefined;
  return needed.map(({ name }) => name);
}

/** The database knows whether it is really lost: see activities/turn/accept.ts. */
function withoutOutcome(error: ActivityFailure, run: string, attempt: number): SessionEvent {
  const { cause } = error;
  if (cause instanceof TimeoutFailure && cause.timeoutType === TimeoutType.SCHEDULE_TO_START) {
    return attemptUnstarted(run, attempt);
  }
  return attemptLost(run, attempt);
}

function attemptTimeoutMs(run: SessionRun, key: string): number {
  const { tasks, policies } = run.outline;
  const task = tasks[run.taskIndex(splitRunKey(key).name)];
  return (task && policies[task.policy]?.attemptTimeoutMs) ?? defaultAttemptTimeoutMs;
}
