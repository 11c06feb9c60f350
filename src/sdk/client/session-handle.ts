import type {
  Approval,
  EditPreview,
  Feedback,
  PlanSource,
  Session,
  SessionBudget,
  SessionLog,
  SessionPlan,
} from './types';
import type { SessionReport } from './types';
import type { Explanation, NotedFeedback, SessionReply, Task, TaskWithOutput } from './types';
import type { Approvals } from './approvals';
import { allRows, wholeList } from './each-row';
import { editPlan } from './edit-plan';
import type { EventFilter } from './event-filter';
import type { OrchestraEvent } from './types';
import { followEvents } from './follow-events';
import type { CallOptions, ChangeOptions } from './options';
import { followProgress, progressOf } from './progress';
import type { SessionProgress } from './progress';
import type { Requester } from './requester';
import type { SessionEnds } from './session-ends';
import { urlPath } from './url-path';

const ended = 'session-ended';

/** Before all events. */
const beginning = '0';

/** What handles share with the client that made them. */
export interface SessionDependencies {
  api: Requester;
  ends: SessionEnds;
  approvals: Approvals;
}

/** One session: what it does, and what it is told. */
export class SessionHandle {
  private readonly url: string;
  private following: Promise<Session> | undefined;

  constructor(
    private readonly dependencies: SessionDependencies,
    readonly id: string,
  ) {
    this.url = urlPath`/v1/sessions/${id}`;
  }

  /** Rejects with SESSION_NOT_FOUND. */
  get(options?: CallOptions): Promise<Session> {
    return this.ask('', options);
  }

  async progress(options?: CallOptions): Promise<SessionProgress> {
    return progressOf(await this.get(options));
  }

  /** The session once it has ended, well or not: see its `status`. After `run` with `onProgress`, that has then been called for the last time. */
  result(options: { signal?: AbortSignal } = {}): Promise<Session> {
    return this.following ?? this.dependencies.ends.of(this.id, options.signal);
  }

  /** Calls back whenever the progress has changed, the first time at once. Resolves with the session once it has ended; rejects with what the callback throws. */
  onProgress(callback: (progress: SessionProgress) => void, options: { signal?: AbortSignal } = {}): Promise<Session> {
    this.following = followProgress(this.dependencies.api, this, callback, options.signal);
    // Whoever asks for the result hears of it.
    this.following.catch(() => undefined);
    return this.following;
  }

  /** What happens in the session, from its beginning or behind `after`, until it has ended. Goes on by itself after a cut. */
  async *events(
    filter: Pick<EventFilter, 'types' | 'after'> & { signal?: AbortSignal } = {},
  ): AsyncGenerator<OrchestraEvent> {
    const { types, after = beginning, ...options } = filter;
    const wanted = types && { types: [...types, ended] };
    for await (const event of followEvents(this.dependencies.api, { session: this.id, ...wanted, after, ...options })) {
      if (event.type !== ended || !types || types.some((type) => isMeant(type, ended))) yield event;
      // One that has ended may have been reopened.
      if (event.type === ended && (await this.get(options)).endedAt !== null) return;
    }
  }

  /** A page of the session's log as it is now. */
  log(page: { after?: number; limit?: number } = {}, options?: CallOptions): Promise<SessionLog['events']> {
    return this.ask<SessionLog>('/events', options, page).then(({ events }) => events);
  }

  /** Nothing new starts; with `now`, what runs is stopped and runs again later. */
  pause({ now = false, ...options }: ChangeOptions & { now?: boolean } = {}): Promise<SessionReply> {
    return this.tell('/pause', { now }, options);
  }

  resume(options?: ChangeOptions): Promise<SessionReply> {
    return this.tell('/resume', {}, options);
  }

  /** Stops agents, keeps results. */
  cancel({ reason, ...options }: ChangeOptions & { reason?: string } = {}): Promise<SessionReply> {
    return this.tell('/cancel', { reason }, options);
  }

  /** Gives what failed and was cancelled another chance, or one task. Reopens a session that has ended. */
  retry({ task, ...options }: ChangeOptions & { task?: string } = {}): Promise<SessionReply> {
    return task === undefined
      ? this.tell('/retry', {}, options)
      : this.tell(urlPath`/tasks/${task}/retry`, {}, options);
  }

  /** Stops the agents of one task, which is not tried again; the session goes on. */
  cancelTask(run: string, { reason, ...options }: ChangeOptions & { reason?: string } = {}): Promise<SessionReply> {
    return this.tell(urlPath`/tasks/${run}/cancel`, { reason }, options);
  }

  /** Lets a task that waits for resources go ahead once. */
  resolveConflict(run: string, options?: ChangeOptions): Promise<SessionReply> {
    return this.tell(urlPath`/tasks/${run}/resolve-conflict`, {}, options);
  }

  /** The present plan, and its hash. */
  plan(options?: CallOptions): Promise<SessionPlan> {
    return this.ask('/plan', options);
  }

  /** Goes on with an edited plan; `from` is the hash of the plan that was edited. Rejects with PRECONDITION_FAILED where it is another by now. */
  edit({ from, ...source }: PlanSource & { from: string }, options?: CallOptions): Promise<SessionReply> {
    return editPlan(this.dependencies.api, this, from, source, options);
  }

  /** What an edit would change, and why it would be refused now; nothing is done. With `from` it rejects as `edit` does. */
  previewEdit({ from, ...body }: PlanSource & { from?: string }, options?: CallOptions): Promise<EditPreview> {
    const headers = from === undefined ? {} : { 'if-match': `"${from}"` };
    const operation = {
      method: 'POST' as const,
      path: `${this.url}/plan/preview`,
      body,
      headers,
      changesNothing: true,
    };
    return this.dependencies.api.send(operation, options);
  }

  /** Its tasks and the items of its fan-outs, in the order of the plan. */
  tasks(options?: CallOptions): Promise<Task[]> {
    return allRows(this.dependencies.api, `${this.url}/tasks`, 'tasks', wholeList, options);
  }

  /** A task, or `each[3]`, with its output. */
  task(run: string, options?: CallOptions): Promise<TaskWithOutput> {
    return this.ask(urlPath`/tasks/${run}`, options);
  }

  /** Why the attempts of a task went to their agents. */
  explain(run: string, options?: CallOptions): Promise<Explanation> {
    return this.ask(urlPath`/tasks/${run}/explanation`, options);
  }

  /** How good the result of a task was. */
  feedback(run: string, feedback: Feedback, options?: ChangeOptions): Promise<NotedFeedback> {
    return this.tell(urlPath`/tasks/${run}/feedback`, feedback, options);
  }

  /** How much was done at once, what each agent contributed, what held it up. */
  report(options?: CallOptions): Promise<SessionReport> {
    return this.ask('/report', options);
  }

  budget(options?: CallOptions): Promise<SessionBudget> {
    return this.ask('/budget', options);
  }

  /** Its questions that wait for an answer, oldest first. */
  async approvals(options?: CallOptions): Promise<Approval[]> {
    const own: Approval[] = [];
    for await (const open of this.dependencies.approvals.each(wholeList, options)) {
      if (open.question['session'] === this.id) own.push(open);
    }
    return own;
  }

  /** Answers its question, or all that are open now, with yes. */
  approve(approval?: string, options?: ChangeOptions): Promise<Approval[]> {
    return this.answer('approved', approval, options);
  }

  reject(approval?: string, options?: ChangeOptions): Promise<Approval[]> {
    return this.answer('rejected', approval, options);
  }

  private async answer(
    answer: 'approved' | 'rejected',
    approval: string | undefined,
    options?: ChangeOptions,
  ): Promise<Approval[]> {
    const asked = approval === undefined ? await this.approvals(options) : [{ id: approval }];
    return Promise.all(asked.map(({ id }) => this.dependencies.approvals.decide(id, answer, {}, options)));
  }

  private ask<Answer>(
    path: string,
    options?: CallOptions,
    query?: Record<string, number | undefined>,
  ): Promise<Answer> {
    return this.dependencies.api.send({ method: 'GET', path: this.url + path, ...(query && { query }) }, options);
  }

  private tell<Answer>(path: string, body: object, options?: ChangeOptions): Promise<Answer> {
    return this.dependencies.api.send({ method: 'POST', path: this.url + path, body }, options);
  }
}

/** `task-*` means all that begin so. */
function isMeant(pattern: string, type: string): boolean {
  return pattern.endsWith('*') ? type.startsWith(pattern.slice(0, -1)) : pattern === type;
}
