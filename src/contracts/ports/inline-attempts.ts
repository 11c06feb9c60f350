import type { Plan, Task } from '../../domain/plan/plan';
import type { RunResult } from '../../domain/plan/task-results';
import type { RunTaskInput } from '../protocol/activities';
import type { BegunAttempt, Settlement } from './attempt-store';

/** Runs short attempts in the process that takes the turns. */
export interface InlineAttempts {
  /** Whether the plan wants attempts of the task by this agent of its own to run here. */
  takes(plan: Plan, task: Task, agent: string): boolean;
  /** Undefined where so many run already, of the session or of all, that this one is better left to others. */
  begin(input: RunTaskInput, attempt: BegunAttempt, known: KnownResults): RunningInline | undefined;
  /** A session begins to run ahead; what is returned is called when it has stopped. */
  enter(): () => void;
  /** How long a session may keep others waiting by now. */
  patience(): InlinePatience;
}

export interface InlinePatience {
  /** How long turns follow one another, in milliseconds; then those of other sessions come before the next. */
  turnsMs: number;
  /** An attempt that takes longer is given up, and left to others. */
  attemptMs: number;
}

/** What tasks of the session have come to, of those named; undefined where one of them has to be read. */
export type KnownResults = (tasks: readonly string[]) => RunResult[] | undefined;

export interface RunningInline {
  /** What it came to; undefined where it was given up: another worker does it then. Stored by nobody yet. */
  ended: Promise<Settlement | undefined>;
  giveUp(): void;
  /** Its session wants it no more: it ends by itself, and what it came to is settled as that of any other. */
  stop(): void;
}
