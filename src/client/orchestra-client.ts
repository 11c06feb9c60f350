import type { SessionFilter, SessionOverview } from '../contracts/ports/session-catalog';
import { OrchestraError } from '../domain/errors';
import { Approvals } from './approvals';
import { Budgets } from './budgets';
import type { ClientDependencies } from './client-dependencies';
import { Events } from './events';
import { Learning } from './learning';
import { Memories } from './memories';
import { Settings } from './settings';
import { conflictOverview } from './conflict-overview';
import type { ConflictOverview } from './conflict-overview';
import { Schedules } from './schedules';
import { SessionHandle } from './session-handle';
import type { PreparedStart, StartOptions } from './start-session';
import { prepareSession, startSession } from './start-session';

/** The SDK: starts sessions and talks to them. */
export class OrchestraClient {
  readonly approvals: Approvals;
  readonly budgets: Budgets;
  readonly events: Events;
  readonly learning: Learning;
  readonly settings: Settings;
  readonly memories: Memories;
  readonly schedules: Schedules;

  constructor(private readonly dependencies: ClientDependencies) {
    this.approvals = new Approvals(dependencies);
    this.budgets = new Budgets(dependencies);
    this.events = new Events(dependencies);
    this.learning = new Learning(dependencies);
    this.settings = new Settings(dependencies);
    this.memories = new Memories(dependencies);
    this.schedules = new Schedules(dependencies);
  }

  /** Starts a session of the plan. Throws INPUT_INVALID and SERVER_UNAVAILABLE. */
  async start(options: StartOptions): Promise<SessionHandle> {
    return this.handle(await startSession(this.dependencies, options));
  }

  /** Stores all that the session needs, for somebody else to start its workflow. Throws as `start` does. */
  prepare(options: StartOptions): Promise<PreparedStart> {
    return prepareSession(this.dependencies, options);
  }

  /** The session with this id, or the only one whose id begins so. Throws SESSION_NOT_FOUND, or TASK_NOT_FOUND for who thinks of a task of its own. */
  async get(id: string, what: 'session' | 'task' = 'session'): Promise<SessionHandle> {
    const { catalog, workspace } = this.dependencies;
    if (await catalog.find(workspace, id)) return this.handle(id);
    const similar = (await catalog.list(workspace, { limit: 1_000, withChildren: true })).filter((session) =>
      session.id.startsWith(id),
    );
    const [only, ...others] = similar;
    if (only && others.length === 0) return this.handle(only.id);
    const hint = only
      ? `Several begin so: ${similar
          .slice(0, 5)
          .map((session) => session.id)
          .join(', ')}.`
      : 'See `orchestra sessions list`.';
    const code = what === 'task' ? 'TASK_NOT_FOUND' : 'SESSION_NOT_FOUND';
    throw new OrchestraError(code, `There is no ${what} "${id}" in workspace "${workspace}". ${hint}`);
  }

  /** Newest first. */
  list(options: SessionFilter): Promise<SessionOverview[]> {
    return this.dependencies.catalog.list(this.dependencies.workspace, options);
  }

  /** Runs that wait for what others write or read. */
  async conflicts(): Promise<ConflictOverview> {
    const { conflicts, workspace } = this.dependencies;
    return conflictOverview(await conflicts.claims(workspace));
  }

  /** The session with exactly this id, whether or not there is one. */
  handle(id: string): SessionHandle {
    return new SessionHandle(this.dependencies, id);
  }
}
