import type { Verdict } from '../verdict';
import type { Outline } from './outline';
import type { LineReason, Reason, SessionStatus } from './state';

/** What a session is told from outside. `id` is unique in the session: an event is accepted once. */
export type SessionEvent =
  | { id: string; type: 'session-started'; expectedMs?: number[] }
  | { id: string; type: 'pause-requested'; now?: boolean }
  | { id: string; type: 'resume-requested' }
  | { id: string; type: 'cancel-requested'; reason?: string }
  /** Cancels one run while the session goes on; of a fan-out or a race, all of it that has not ended. */
  | { id: string; type: 'task-cancel-requested'; run: string; reason?: string }
  /** Without a task: every task that failed or was cancelled. */
  | { id: string; type: 'retry-requested'; task?: string }
  | EditRequested
  /** Lets a run go ahead that waits for resources, in spite of those who have them; of a fan-out, all its items that wait. */
  | { id: string; type: 'resolve-requested'; run: string }
  | AttemptEnded
  /** Nothing was heard of the attempt any more; it may have run. */
  | { id: string; type: 'attempt-lost'; run: string; attempt: number }
  /** The attempt was never begun; it costs no try. */
  | { id: string; type: 'attempt-unstarted'; run: string; attempt: number }
  | AgentGranted
  /** What the run waits for in the line may be free by now: it is looked at again. */
  | { id: string; type: 'turn-came'; run: string }
  /** A timer of the session fired. `at`: milliseconds since the session started. */
  | { id: string; type: 'time-passed'; at: number };

/** Somebody has edited the plan. `from` and `to` are hashes: of the plan that was edited, and of what came of it. */
export interface EditRequested {
  id: string;
  type: 'edit-requested';
  from: string;
  to: string;
  by?: string;
  /** What the turn that takes it in has read in both plans; without it the edit is refused. */
  edit?: PlanEdit | { refused: string };
}

export interface PlanEdit {
  outline: Outline;
  /** What differs of tasks that both plans have, by name of the task. */
  changed: Record<string, string[]>;
  /** What differs of the rest: `concurrency`, `agents.writer`. */
  settings: string[];
}

/** A run that waited in the line got its turn: the agent holds room for this attempt, under the lease with this fencing token. */
export interface AgentGranted {
  id: string;
  type: 'agent-granted';
  run: string;
  attempt: number;
  agent: string;
  token: number;
  /** The agent comes for its work. */
  remote?: true;
  /** How often the run may be tried with the agent, where evidence says so and not the plan. */
  tries?: number;
}

export interface AttemptEnded {
  id: string;
  type: 'attempt-ended';
  run: string;
  attempt: number;
  verdict: Verdict;
  /** False where trying again cannot help. */
  retryable?: false;
  retryAfterMs?: number;
}

/**
 * What a turn decided with the data that the workflow does not carry; fed to the engine like an event. Tuples keep the marker
 * of a turn below 100 bytes a task. Tasks, items and agents are indices; item -1 is the task itself.
 */
export type Decision =
  /** The condition was true: the run may start. */
  | ['ready', task: number]
  | ['skip', task: number]
  | ['expand', task: number, items: number]
  /**
   * The condition, the list, the resources or the inputs of a child session could not be evaluated; or, for the reason that is given, the run shall
   * not wait for what others have.
   */
  | ['reject', task: number, item: number, reason?: 'conflict']
  /**
   * The attempt holds a lease with this fencing token. `agent`: an index, or the name of an agent of the registry. `mark`: 1 where it is in
   * flight already (after a reset of the workflow), 2 where its agent comes for its work, 3 where it has ended in the branch that a reset has left and a
   * worker is to tell what it came to, else 0. `tries`: how often the run may be tried with the agent, where evidence says so and not the plan.
   */
  | [
      'start',
      task: number,
      item: number,
      attempt: number,
      agent: number | string,
      token: number,
      mark?: 0 | 1 | 2 | 3,
      tries?: number,
    ]
  /** A budget has no room for what the attempt may use: the run fails. */
  | ['over-budget', task: number, item: number]
  /** Other sessions have what the run wants: it waits in the line. */
  | ['line-up', task: number, item: number, reason: LineReason]
  /** There is no agent for the racer besides those of its siblings: the race goes on without it. */
  | ['leave-out', task: number, item: number];

/** What the shell has to do. */
export type Command =
  /** `remote`: the agent comes for its work. */
  | { type: 'start-attempt'; run: string; attempt: number; agent: string; token: number; remote?: true }
  | { type: 'start-child'; run: string; attempt: number }
  /** The lease of the attempt is to be marked cancelled, which stops the agent. */
  | { type: 'stop-attempt'; run: string; attempt: number }
  | { type: 'tell-child'; run: string; attempt: number; tell: 'pause' | 'pause-now' | 'resume' | 'cancel' }
  /** The run is no longer to be in the line, whether it got its turn or not. */
  | { type: 'leave-line'; run: string }
  | { type: 'end-session'; status: SessionStatus };

/** What happened, for the session's log. `at`: milliseconds since 1970. */
export type Fact = { at: number } & (
  | {
      type: 'session-started' | 'session-paused' | 'session-resumed' | 'session-stopping' | 'session-reopened';
      reason?: string;
    }
  | { type: 'session-ended'; status: SessionStatus }
  | ({ type: 'plan-edited'; from: string; to: string; by?: string; added: string[]; removed: string[] } & Pick<
      PlanEdit,
      'changed' | 'settings'
    >)
  | { type: 'task-queued' | 'task-succeeded' | 'task-reset' | 'conflict-resolved'; run: string }
  /** Somebody cancels it; `reason` is said by them. */
  | { type: 'task-stopping'; run: string; reason: string }
  | { type: 'task-skipped' | 'task-failed' | 'task-cancelled'; run: string; reason: Reason }
  /** `untilMs`: milliseconds since 1970; absent where nobody knows. */
  | { type: 'task-waiting'; run: string; reason: Reason; untilMs?: number }
  | { type: 'task-expanded'; run: string; items: number }
  | { type: 'race-started'; run: string; racers: number }
  /** `winner`: key of the racer. */
  | { type: 'race-won'; run: string; winner: string; agent: string }
  | { type: 'attempt-started'; run: string; attempt: number; agent: string }
  | { type: 'attempt-stopping'; run: string; attempt: number; reason: string }
  | { type: 'attempt-ended'; run: string; attempt: number; verdict: Verdict | 'lost' | 'unstarted' }
);
