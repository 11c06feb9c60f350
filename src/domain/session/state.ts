import type { PlanIndex } from './outline';
import { wholeTask } from './run-key';
import type { RunRef } from './run-key';

export const TaskStatus = {
  pending: 'pending',
  queued: 'queued',
  running: 'running',
  waiting: 'waiting',
  succeeded: 'succeeded',
  failed: 'failed',
  skipped: 'skipped',
  cancelled: 'cancelled',
} as const;
export type TaskStatus = (typeof TaskStatus)[keyof typeof TaskStatus];

export const SessionStatus = {
  running: 'running',
  paused: 'paused',
  waiting: 'waiting',
  succeeded: 'succeeded',
  partiallySucceeded: 'partially_succeeded',
  failed: 'failed',
  cancelled: 'cancelled',
} as const;
export type SessionStatus = (typeof SessionStatus)[keyof typeof SessionStatus];

/** Why a run was skipped, failed, cancelled or waits. */
export type Reason =
  /** Its `if` was false. */
  | 'condition'
  /** A need failed, or was skipped because of a failure. */
  | 'need'
  /** The session failed before the run started. */
  | 'session-failed'
  | 'session-cancelled'
  /** Somebody cancelled the run itself. */
  | 'cancelled'
  | 'session-timeout'
  | 'task-timeout'
  /** Its condition or its list could not be evaluated. */
  | 'evaluation'
  /** Its attempts are used up, or trying again cannot help. */
  | 'attempts'
  /** One of its items failed. */
  | 'items'
  /** None of its racers succeeded. */
  | 'racers'
  /** Another racer was first. */
  | 'race-lost'
  /** Its siblings have all the agents that could do the racer's work. */
  | 'no-other-agent'
  /** It waits for its next attempt. */
  | 'retry'
  | 'rate-limit'
  | LineReason;

/** What a run waits for that other sessions have, so that only the database can tell when it is its turn. */
export type LineReason =
  /** An agent of the registry that has room. */
  | 'capacity'
  /** Room in the workspace, of whose attempts so many may be in flight at once. */
  | 'places'
  /** The next window, in which attempts of the workspace may start again. */
  | 'rate'
  /** Resources that others write, or read while it wants to write them. */
  | 'conflict'
  /** A budget that has room for what it may use. Also why a run failed, where there will be none. */
  | 'budget';

/** What becomes of a run whose attempt was told to stop, unless the attempt succeeded all the same; of a race that is lost even then. */
export type StopIntent = 'cancel' | 'requeue' | 'task-timeout' | 'attempt-timeout' | 'race-lost';

/**
 * The state of one run. Absent parts are false, zero or unset: a run costs at most 150 bytes of a snapshot.
 * Times are milliseconds since the session started.
 */
export interface RunState {
  status: TaskStatus;
  /** Number of the latest attempt; 0 before the first. */
  attempt?: number;
  /** Attempts that count against the retries of the current agent. */
  tries?: number;
  /** How many of these its latest start allows, where that is not as the plan has it. */
  mostTries?: number;
  /** Agent of the latest attempt, an index into the outline's agents followed by the roster; of a race that was won, the winner's. */
  agent?: number;
  queuedAt?: number;
  /** Of the first attempt. */
  startedAt?: number;
  endedAt?: number;
  /** While waiting: when it is queued again. */
  dueAt?: number;
  /** When the task as a whole times out. */
  deadlineAt?: number;
  /** When the attempt in flight (a child session) times out. */
  attemptDeadlineAt?: number;
  reason?: Reason;
  onFallback?: true;
  /** Somebody said so: its next attempt starts in spite of those who have what it needs. */
  ignoresConflicts?: true;
  /** Nothing was heard of its latest attempt: the next one goes to another agent, where there is one. */
  wasLost?: true;
  stop?: StopIntent;
}

export interface TaskState extends RunState {
  /** The runs of a fan-out, in the order of its list; or the racers of a race, of which the one that has succeeded is the winner. */
  items?: RunState[];
}

/** Why no further run starts. */
export type Stopping = 'failed' | 'cancelled' | 'timed-out';

/** Plain JSON; together with the outline it is all that a session is. */
export interface SessionState {
  id: string;
  /** Hash of the plan whose tasks and agents it refers to; absent for the plan that the session was started with. */
  plan?: string;
  /** Milliseconds since 1970; all other times are relative to it. */
  startedAt: number;
  deadlineAt?: number;
  paused?: true;
  stopping?: Stopping;
  /** Set when the session has ended. */
  ended?: { status: SessionStatus; at: number };
  /** Parallel to the outline's tasks. */
  tasks: TaskState[];
  /** Tasks whose condition or list is to be evaluated. */
  toEvaluate: number[];
  /** Runs that may start, in the order in which they shall. */
  queue: RunRef[];
  /** Attempts in flight by agent of the outline. */
  load: number[];
  /** Other agents that have worked for the session, by name: of the registry, and of plans before an edit. */
  roster?: string[];
  /** Attempts in flight, child sessions included. */
  inFlight: number;
  /** Runs that wait in the line for what other sessions have. */
  inLine: number;
  /** Tasks that have not ended. */
  open: number;
  /** Expected duration by task, for progress; 0 where nothing is known. */
  expectedMs?: number[];
}

const endedStatuses: ReadonlySet<TaskStatus> = new Set(['succeeded', 'failed', 'skipped', 'cancelled']);

export const hasEnded = ({ status }: Pick<RunState, 'status'>): boolean => endedStatuses.has(status);

const lineReasons: ReadonlySet<Reason | undefined> = new Set<LineReason>([
  'capacity',
  'places',
  'rate',
  'conflict',
  'budget',
]);

export const isInLine = ({ status, reason }: RunState): boolean => status === 'waiting' && lineReasons.has(reason);

export function taskState(state: SessionState, task: number): TaskState {
  const found = state.tasks[task];
  if (!found) throw new RangeError(`no task ${task} in the state`);
  return found;
}

/** Undefined where the item does not exist. */
export function findRun(state: SessionState, { task, item }: RunRef): RunState | undefined {
  const found = state.tasks[task];
  return item === wholeTask ? found : found?.items?.[item];
}

export function initialState(index: PlanIndex, id: string, now: number): SessionState {
  const { tasks, agents, timeoutMs } = index.outline;
  return {
    id,
    startedAt: now,
    ...(timeoutMs === undefined ? {} : { deadlineAt: timeoutMs }),
    tasks: tasks.map(() => ({ status: 'pending' })),
    toEvaluate: [],
    queue: [],
    load: agents.map(() => 0),
    inFlight: 0,
    inLine: 0,
    open: tasks.length,
  };
}
