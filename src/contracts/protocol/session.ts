import type { SessionStatus } from '../../domain/session/state';
import type { SessionState } from '../../domain/session/state';
import type { EditRequested, SessionEvent } from '../../domain/session/events';
import type { NumberedTurn } from './activities';
import type { Progress, TaskProgress } from '../../domain/session/progress';

/** The workflow type of a session. */
export const sessionWorkflow = 'session';

/** What a session workflow is started with. Plan and inputs are in PostgreSQL, found by workspace and session. */
export interface SessionInput {
  workspace: string;
  session: string;
  settings: SessionSettings;
  /** The number of the first turn of this run; counts on across continue-as-new and reopening. Default 1. */
  firstTurn?: number;
  /** The state after the last turn of the run before, when this one continues it. */
  state?: SessionState;
  /** Of its start, where it is traced: what the session does is part of that trace. */
  trace?: string;
  /** The session's first turn, where that was taken with its start. */
  brought?: NumberedTurn;
  /** What the run before had not taken in, or the request that reopens a session that has ended. */
  events?: SessionEvent[];
}

/** Fixed when the session starts, so that a replay decides the same. */
export interface SessionSettings {
  /** The Temporal task queue of sessions and of the attempts of their agents. */
  taskQueue: string;
  /** An attempt that is not heard of for so long is lost. */
  leaseMs: number;
  /** How long an attempt may wait for a worker before it is assigned anew. */
  grantMs: number;
  /** Whether the server knows our search attributes. */
  searchAttributes: boolean;
  /** Events of history after which a run continues as new. */
  continueAfterEvents: number;
}

/** What a session workflow returns. Outputs and errors are in the read model. */
export interface SessionResult {
  status: SessionStatus;
  progress: Progress;
}

/** A request from outside: pause, resume, cancel (all or one run), retry, resolve or edit, with an id made by the client. */
export type SessionRequest =
  | Extract<
      SessionEvent,
      {
        type:
          | 'pause-requested'
          | 'resume-requested'
          | 'cancel-requested'
          | 'retry-requested'
          | 'resolve-requested'
          | 'task-cancel-requested';
      }
    >
  | Omit<EditRequested, 'edit'>;

export interface RequestReply {
  status: SessionStatus;
  /** Why it was refused; nothing changed then. */
  refused?: string;
}

/** Names and types of the messages a session takes. */
export const sessionMessages = {
  /** Update `(request: SessionRequest) => RequestReply`; at most 10 in flight. */
  request: 'request',
  /** Signal `(events: SessionEvent[])`: outcomes, lost attempts, what a parent tells its child. */
  events: 'events',
  /** Query `() => Progress`. */
  progress: 'progress',
  /** Query `(page: TaskPage) => TaskProgress[]`. */
  tasks: 'tasks',
} as const;

export interface TaskPage {
  offset: number;
  /** At most 1,000. */
  limit: number;
}

export type { Progress, TaskProgress };

export const searchAttributes = {
  workspace: 'OrchestraWorkspace',
  plan: 'OrchestraPlan',
  status: 'OrchestraStatus',
  mode: 'OrchestraMode',
} as const;
