import type { HealthStatus } from '../../domain/health/status';
import type { Decision, SessionEvent } from '../../domain/session/events';
import type { Outline } from '../../domain/session/outline';
import type { SessionState } from '../../domain/session/state';
import type { Verdict } from '../../domain/verdict';

/** Local activities of the session worker. */
export interface SessionActivities {
  commitTurn(request: TurnRequest): Promise<TurnResult>;
}

/** Activities of the agent workers. */
export interface AgentActivities {
  runTask(input: RunTaskInput): Promise<RunTaskResult>;
}

/** Activities of the learning workers. */
export interface LearningActivities {
  /** Learns outcomes for some seconds; `more`: there were more. */
  learnOutcomes(): Promise<{ learnt: number; more: boolean }>;
  /** Forecasts open sessions that have moved; returns how many. */
  forecastSessions(): Promise<number>;
  /** Looks for insights in the workspaces in which enough has happened since; `mined`: in so many. */
  mineInsights(): Promise<{ mined: number }>;
}

/** Activities of the health workers. */
export interface HealthActivities {
  /** Looks at everything once, and stores what it found; repeated with the same id, it stores nothing more. Answers with the status of each workspace. */
  checkSystem(sweep: string): Promise<Record<string, HealthStatus>>;
  /** Looks at agents in error or idle for long; resolves with how many those were. */
  probeAgents(): Promise<number>;
}

/** A local activity's input is not in history: it may hold the whole state. */
export interface TurnRequest {
  workspace: string;
  session: string;
  /** Temporal's id of the workflow run. */
  runId: string;
  /** The workflow run that this one continues as new, if it does; `runOfStart` of the first one of a session. */
  continuedFrom?: string;
  /** 1-based, counts on across the runs of a session. */
  turn: number;
  /** Before the turn; absent in the first turn of a session and of a reopened one. */
  state?: SessionState;
  /** What has come in, in order of arrival. */
  events: SessionEvent[];
  /** Of the session's start, where it is traced: see `Tracing`. */
  trace?: string;
  /** The first turn of a workflow run: it wants the outline, and the attempts that nobody has begun. */
  firstOfRun: boolean;
}

/** What a turn's first commit decided. A repeat of the turn returns the same. */
export interface AheadTurn {
  /** Milliseconds since 1970. */
  now: number;
  /** The accepted events in order: the id of one in the request, or the event itself where it is another. */
  accepted: (string | SessionEvent)[];
  /** Ids of events in the request that change nothing: repeated, or overtaken. What is in neither list stays in the inbox. */
  dropped: string[];
  /** Of the dropped ones, requests that an earlier turn has refused: why. */
  refusals?: Record<string, string>;
  decisions: Decision[];
  /** Runs are ready that did not fit into this turn. */
  more?: true;
}

/** What became of a turn that a workflow asked for. */
export interface TurnResult extends AheadTurn {
  /** The turns that followed in the same activity, because attempts ended in it: see docs/decisions on running ahead. They are numbered on. */
  ahead?: AheadTurn[];
  outline?: Outline;
  planName?: string;
  mode?: string;
  /** The state to go on from, where the request had none and the session was reopened. */
  state?: SessionState;
  /** Of the turn itself, where its session is traced. */
  trace?: string;
  /** In the first turn of a run: attempts in flight that no worker has begun, to be scheduled again. */
  unbegun?: UnbegunAttempt[];
}

/** A turn that was taken by who ran the attempt which it takes in: its workflow need not ask for it. */
export interface NumberedTurn extends TurnResult {
  number: number;
}

export interface UnbegunAttempt {
  run: string;
  attempt: number;
  token: number;
  /** With its workspace, where it lives on a host. */
  agent?: string;
  /** Its agent comes for its work. */
  remote?: true;
}

/** At most 1 KB. */
export interface RunTaskInput {
  workspace: string;
  session: string;
  run: string;
  attempt: number;
  /** Fencing token of the lease. */
  token: number;
  /** Of a task that needs few others, which: what they have come to is read as the attempt begins. */
  needs?: string[];
  /** Of the turn that started it, where its session is traced; to whoever takes it on, of the attempt itself. */
  trace?: string;
}

export type RunTaskResult =
  | {
      ran: true;
      verdict: Verdict;
      retryable?: false;
      retryAfterMs?: number;
      /** The turn that has taken it in, where that was taken with it. */
      turn?: NumberedTurn;
    }
  /** The attempt runs elsewhere, is no longer wanted, or its grant has expired. */
  | { ran: false };
