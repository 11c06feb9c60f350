import { WorkflowExecutionAlreadyStartedError, WorkflowNotFoundError } from '@temporalio/common';
import {
  ServiceError,
  WorkflowIdReusePolicy,
  WorkflowUpdateFailedError,
  WorkflowUpdateRPCTimeoutOrCancelledError,
  isGrpcServiceError,
} from '@temporalio/client';
import { setTimeout as delay } from 'node:timers/promises';
import type { Page } from '../contracts/ports/page';
import type { LogRow, PlacedRun, PlaceInPlan, SessionOverview } from '../contracts/ports/session-catalog';
import { workflowIdOf } from '../contracts/protocol/ids';
import { sessionMessages, sessionWorkflow } from '../contracts/protocol/session';
import type {
  Progress,
  RequestReply,
  SessionInput,
  SessionRequest,
  TaskPage,
  TaskProgress,
} from '../contracts/protocol/session';
import { OrchestraError } from '../domain/errors';
import type { Json } from '../domain/json';
import { decide } from '../domain/session/decide';
import { taskNotFound } from '../domain/session/task-not-found';
import type { Plan } from '../domain/plan/plan';
import type { ClientDependencies } from './client-dependencies';
import { pendingRuns } from './pending-runs';
import { prepareEdit, presentPlan, previewEdit } from './edit-session';
import type { EditOptions, EditPreview, SessionPlan } from './edit-session';

/** `Omit` that keeps the members of a union apart. */
type Without<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never;

const logPage = 1_000;

/** One session: what it does, and what it is told. */
export class SessionHandle {
  readonly workflowId: string;

  constructor(
    private readonly dependencies: ClientDependencies,
    readonly id: string,
  ) {
    this.workflowId = workflowIdOf(dependencies.workspace, id);
  }

  /** Nothing new starts; attempts in flight finish, or with `now` are stopped and run again later. */
  pause(options: { now?: boolean; requestId?: string } = {}): Promise<RequestReply> {
    return this.request({ type: 'pause-requested', ...(options.now && { now: true }) }, options.requestId);
  }

  resume(options: { requestId?: string } = {}): Promise<RequestReply> {
    return this.request({ type: 'resume-requested' }, options.requestId);
  }

  /** Stops agents, keeps results. */
  cancel(options: { reason?: string; requestId?: string } = {}): Promise<RequestReply> {
    return this.request(
      { type: 'cancel-requested', ...(options.reason !== undefined && { reason: options.reason }) },
      options.requestId,
    );
  }

  /**
   * Cancels one run while the session goes on; of a fan-out or a race, all of it that has not ended. Its agents are stopped; who needs it is
   * skipped. Throws TASK_NOT_FOUND.
   */
  cancelTask(run: string, options: { reason?: string; requestId?: string } = {}): Promise<RequestReply> {
    const { reason, requestId } = options;
    const request = { type: 'task-cancel-requested' as const, run, ...(reason !== undefined && { reason }) };
    return this.aboutRun(run, this.request(request, requestId));
  }

  /** Gives failed and cancelled tasks another chance: the named one, or all. Reopens a session that has ended. Throws TASK_NOT_FOUND. */
  retry(options: { task?: string; requestId?: string } = {}): Promise<RequestReply> {
    return options.task === undefined ? this.tryAgain(options) : this.aboutRun(options.task, this.tryAgain(options));
  }

  private async tryAgain(options: { task?: string; requestId?: string }): Promise<RequestReply> {
    const id = options.requestId ?? this.dependencies.newId();
    // Its work may have ended again since.
    const answer = options.requestId === undefined ? undefined : await this.answerTo(id);
    if (answer) return this.unlessRefused(answer);
    const request = { id, type: 'retry-requested' as const, ...(options.task !== undefined && { task: options.task }) };
    // For a moment, a session has ended and its workflow has not: it can then be neither reopened nor asked.
    for (let waitMs = 50; ; waitMs *= 2) {
      if (await this.reopen(request)) return { status: 'running' };
      try {
        return await this.request(request, id);
      } catch (error) {
        const isClosed = error instanceof OrchestraError && error.cause instanceof WorkflowNotFoundError;
        if (!isClosed || waitMs > 2_000) throw error;
      }
      await delay(waitMs);
    }
  }

  /** Lets a run that waits for resources go ahead once, in spite of those who have them; of a fan-out, all its items that wait. Throws TASK_NOT_FOUND. */
  resolveConflict(run: string, options: { requestId?: string } = {}): Promise<RequestReply> {
    return this.aboutRun(run, this.request({ type: 'resolve-requested', run }, options.requestId));
  }

  /** The present plan, and its hash. Throws SESSION_NOT_FOUND. */
  plan(): Promise<SessionPlan> {
    return presentPlan(this.dependencies, this.id);
  }

  /** What an edit of the plan would change, and why it would be refused now. Throws PLAN_INVALID. */
  previewEdit(before: Plan, edited: Plan): Promise<EditPreview> {
    return previewEdit(this.dependencies, this.id, before, edited);
  }

  /** Goes on with the edited plan: tasks that have not begun may be added, removed and changed. Throws PLAN_INVALID and COMMAND_REFUSED. */
  async edit(options: EditOptions): Promise<RequestReply> {
    await prepareEdit(this.dependencies, options);
    const { hash: to, from, by, requestId } = options;
    return this.request({ type: 'edit-requested', from, to, ...(by !== undefined && { by }) }, requestId);
  }

  /** From the workflow itself: it answers without PostgreSQL. When the session will have ended is in `overview`. */
  progress(): Promise<Progress | undefined> {
    return this.dependencies.temporal.workflow
      .getHandle(this.workflowId)
      .query<Progress | undefined>(sessionMessages.progress);
  }

  /** From the workflow itself, at most 1,000 tasks a page. */
  tasks(page: TaskPage): Promise<TaskProgress[]> {
    return this.dependencies.temporal.workflow
      .getHandle(this.workflowId)
      .query<TaskProgress[], [TaskPage]>(sessionMessages.tasks, page);
  }

  /** From the read model. Throws SESSION_NOT_FOUND. */
  async overview(): Promise<SessionOverview> {
    const found = await this.dependencies.catalog.find(this.dependencies.workspace, this.id);
    if (found) return found;
    throw new OrchestraError('SESSION_NOT_FOUND', `There is no session "${this.id}".`);
  }

  /** In the order of the plan; all, where no page is asked for. Until its first turn, all tasks are pending. */
  async runs(page: Page<PlaceInPlan> = {}): Promise<PlacedRun[]> {
    const { catalog, plans, workspace } = this.dependencies;
    const runs = await catalog.runs(workspace, this.id, page);
    if (runs.length > 0) return runs;
    const session = await catalog.find(workspace, this.id);
    if (!session) return runs;
    // It may have taken that turn in between.
    if (session.turn > 0) return catalog.runs(workspace, this.id, page);
    const { index } = await plans.load(workspace, session.planHash);
    const [last = -1] = page.after ?? [];
    return pendingRuns(index)
      .slice(last + 1)
      .slice(0, page.limit);
  }

  /** Of all runs that succeeded, or of one. */
  outputs(run?: string): Promise<Map<string, Json>> {
    return this.dependencies.catalog.outputs(this.dependencies.workspace, this.id, run);
  }

  /** A page of the session's log as it is now. */
  log(after: number, limit: number): Promise<LogRow[]> {
    return this.dependencies.catalog.log(this.dependencies.workspace, this.id, after, limit);
  }

  /** The session's log, from its beginning (or behind `after`) until it ends. */
  async *events({
    after = 0,
    pollMs = 150,
    signal,
  }: { after?: number; pollMs?: number; signal?: AbortSignal } = {}): AsyncGenerator<LogRow> {
    let seq = after;
    for (;;) {
      const rows = await this.dependencies.catalog.log(this.dependencies.workspace, this.id, seq, logPage);
      for (const row of rows) {
        seq = row.seq;
        yield row;
      }
      if (rows.length === logPage) continue;
      if (rows.at(-1)?.type === 'session-ended') return;
      if (rows.length === 0 && (await this.overview()).endedAt !== null) return;
      await delay(pollMs, undefined, signal ? { signal } : {});
    }
  }

  /** Waits for the end of the session. */
  async result(options: { signal?: AbortSignal } = {}): Promise<SessionOverview> {
    for (;;) {
      const overview = await this.overview();
      if (overview.endedAt !== null) return overview;
      await delay(100, undefined, options.signal ? { signal: options.signal } : {});
    }
  }

  /**
   * Sends the request until a run takes it: an update fails while a run continues as new. The id makes repeating harmless. What a run had and did
   * not answer any more is taken in by the next one, and its answer is in the log.
   */
  private async request(
    request: Without<SessionRequest, 'id'>,
    requestId = this.dependencies.newId(),
  ): Promise<RequestReply> {
    const handle = this.dependencies.temporal.workflow.getHandle(this.workflowId);
    for (let waitMs = 50, waitedMs = 0; ; waitMs = Math.min(waitMs * 2, 1_000)) {
      try {
        const reply = await handle.executeUpdate<RequestReply, [SessionRequest]>(sessionMessages.request, {
          args: [{ id: requestId, ...request }],
        });
        return this.unlessRefused(reply);
      } catch (error) {
        const isOver = error instanceof WorkflowNotFoundError;
        if (isOver || isCut(error)) {
          const answer = await this.answerTo(requestId);
          if (answer) return this.unlessRefused(answer);
        }
        if (isOver) throw new OrchestraError('COMMAND_REFUSED', await this.overWords(), { cause: error });
        if (waitedMs >= patienceMs(error)) throw error;
        await delay(waitMs);
        waitedMs += waitMs;
      }
    }
  }

  /** Of a session without a workflow. */
  private async overWords(): Promise<string> {
    const session = await this.dependencies.catalog.find(this.dependencies.workspace, this.id);
    if (session?.endedAt !== null) return `Session "${this.id}" has ended.`;
    return `The workflow of session "${this.id}" was ended in Temporal (terminated, or timed out there). The session counts as failed once a worker sees that, in seconds. Start the plan again.`;
  }

  /** That the session has no such run goes before whatever else such a request was refused for. */
  private async aboutRun(run: string, reply: Promise<RequestReply>): Promise<RequestReply> {
    try {
      return await reply;
    } catch (error) {
      if (!(error instanceof OrchestraError) || error.code !== 'COMMAND_REFUSED') throw error;
      const known = new Set((await this.runs()).map((one) => one.run));
      throw known.has(run) ? error : taskNotFound(this.id, run, known);
    }
  }

  /** By its log, in which a request is that was taken in. */
  private answerTo(requestId: string): Promise<RequestReply | undefined> {
    return this.dependencies.catalog.answerTo(this.dependencies.workspace, this.id, requestId);
  }

  private unlessRefused(reply: RequestReply): RequestReply {
    if (reply.refused === undefined) return reply;
    throw new OrchestraError('COMMAND_REFUSED', `Session "${this.id}" refused: ${reply.refused}.`);
  }

  /** Starts the workflow of a session that has ended anew, with the request; false where the session or its workflow is open. */
  private async reopen(request: SessionRequest): Promise<boolean> {
    const overview = await this.overview();
    if (overview.endedAt === null) return false;
    const { workspace, catalog, plans, temporal, tracing } = this.dependencies;
    const snapshot = await catalog.snapshot(workspace, this.id);
    if (!snapshot)
      throw new OrchestraError(
        'COMMAND_REFUSED',
        `Session "${this.id}" left no state to go on from; start the plan again.`,
      );
    // The engine itself says whether there is anything to retry, before a workflow is started for it.
    const { index } = await plans.load(workspace, overview.planHash);
    const { refusal } = decide(index, snapshot.state, request, snapshot.state.startedAt);
    if (refusal !== undefined) throw new OrchestraError('COMMAND_REFUSED', `Session "${this.id}" refused: ${refusal}.`);
    const { settings } = overview;
    const trace = tracing.current();
    const input: SessionInput = {
      workspace,
      session: this.id,
      settings,
      ...(trace !== undefined && { trace }),
      firstTurn: snapshot.turn + 1,
      events: [request],
    };
    try {
      await temporal.workflow.start(sessionWorkflow, {
        workflowId: this.workflowId,
        taskQueue: settings.taskQueue,
        args: [input],
        workflowIdReusePolicy: WorkflowIdReusePolicy.ALLOW_DUPLICATE,
      });
      return true;
    } catch (error) {
      if (error instanceof WorkflowExecutionAlreadyStartedError) return false;
      throw error;
    }
  }
}

/** How long a request waits, in all, between its tries. A session under a flood continues as new again and again; Temporal's client tries by itself, too. */
function patienceMs(error: unknown): number {
  return isCut(error) ? 15_000 : isAway(error) ? 1_500 : 0;
}

/** Whether the run that had the update is gone, which says nothing about the update. */
function isCut(error: unknown): boolean {
  if (error instanceof WorkflowUpdateRPCTimeoutOrCancelledError) return true;
  return (
    error instanceof WorkflowUpdateFailedError &&
    /continue|completed|closed/i.test(`${error.message} ${error.cause?.message}`)
  );
}

function isAway(error: unknown): boolean {
  return isGrpcServiceError(error instanceof ServiceError ? error.cause : error);
}
