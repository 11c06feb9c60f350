import { eachRow } from './each-row';
import type { ChangeOptions, CallOptions } from './options';
import { sourceOf } from './plans';
import type { SessionProgress } from './progress';
import { SessionHandle } from './session-handle';
import type { SessionDependencies } from './session-handle';
import type { Plan, PlanSource, Session, SessionFilter, SessionPage } from './types';

export interface RunOptions extends ChangeOptions {
  /** Of the plan, by name. */
  inputs?: Record<string, unknown>;
  /** Of the session. Starting twice with the same id and plan starts once. Made where it is absent. */
  id?: string;
  /** Called whenever the progress has changed; see SessionHandle.onProgress. */
  onProgress?(progress: SessionProgress): void;
}

/** Runs of plans. */
export class Sessions {
  constructor(private readonly dependencies: SessionDependencies) {}

  /** Starts a session of the plan. Rejects with PLAN_INVALID, INPUT_INVALID, and COMMAND_REFUSED where the id is of a session of another plan. */
  async run(plan: Plan | PlanSource, { inputs, id, onProgress, ...options }: RunOptions = {}): Promise<SessionHandle> {
    const body = { ...sourceOf(plan), ...(inputs && { inputs }), ...(id !== undefined && { id }) };
    const started = await this.dependencies.api.send<Session>({ method: 'POST', path: '/v1/sessions', body }, options);
    const session = this.handle(started.id);
    if (onProgress) void session.onProgress(onProgress, options.signal && { signal: options.signal });
    return session;
  }

  /** The session with this id, whether or not there is one. */
  handle(id: string): SessionHandle {
    return new SessionHandle(this.dependencies, id);
  }

  /** A page, newest first. */
  list(filter: SessionFilter = {}, options?: CallOptions): Promise<SessionPage> {
    return this.dependencies.api.send({ method: 'GET', path: '/v1/sessions', query: filter }, options);
  }

  /** All of them, page by page. */
  each(filter: Omit<SessionFilter, 'cursor'> = {}, options?: CallOptions): AsyncGenerator<Session> {
    return eachRow(this.dependencies.api, '/v1/sessions', 'sessions', filter, options);
  }
}
