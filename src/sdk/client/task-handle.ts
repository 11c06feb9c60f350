import type { CallOptions, ChangeOptions } from './options';
import { SessionHandle } from './session-handle';
import type { SessionDependencies } from './session-handle';
import type { Explanation, SingleTask, TaskOutcome } from './types';
import { urlPath } from './url-path';

/** A task that was submitted by itself. */
export class TaskHandle {
  /** That does it; it has the id of the task. For events, progress, pauses and retries. */
  readonly session: SessionHandle;
  private readonly url: string;

  constructor(
    private readonly dependencies: SessionDependencies,
    readonly id: string,
  ) {
    this.session = new SessionHandle(dependencies, id);
    this.url = urlPath`/v1/tasks/${id}`;
  }

  /** Rejects with TASK_NOT_FOUND. */
  get(options?: CallOptions): Promise<SingleTask> {
    return this.dependencies.api.send({ method: 'GET', path: this.url }, options);
  }

  /** What it came to, once it has ended, well or not: see its `status`. */
  async outcome(options: { signal?: AbortSignal } = {}): Promise<TaskOutcome> {
    await this.session.result(options);
    return this.dependencies.api.send({ method: 'GET', path: `${this.url}/outcome` }, options);
  }

  /** Why its attempts went to their agents. */
  explain(options?: CallOptions): Promise<Explanation> {
    return this.dependencies.api.send({ method: 'GET', path: `${this.url}/explanation` }, options);
  }

  /** Stops its agent; it is not tried again. */
  cancel({ reason, ...options }: ChangeOptions & { reason?: string } = {}): Promise<SingleTask> {
    return this.dependencies.api.send({ method: 'POST', path: `${this.url}/cancel`, body: { reason } }, options);
  }
}
