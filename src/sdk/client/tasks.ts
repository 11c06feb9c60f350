import type { ChangeOptions } from './options';
import type { SessionDependencies } from './session-handle';
import { TaskHandle } from './task-handle';
import type { NewTask, SingleTask } from './types';

/** Tasks that are submitted by themselves, without a plan. */
export class Tasks {
  constructor(private readonly dependencies: SessionDependencies) {}

  /** Has one task done. Rejects with PLAN_INVALID where it cannot be. */
  async submit(task: NewTask, options?: ChangeOptions): Promise<TaskHandle> {
    const operation = { method: 'POST' as const, path: '/v1/tasks', body: task };
    return this.handle((await this.dependencies.api.send<SingleTask>(operation, options)).id);
  }

  /** The task with this id, whether or not there is one. */
  handle(id: string): TaskHandle {
    return new TaskHandle(this.dependencies, id);
  }
}
