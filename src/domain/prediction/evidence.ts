import type { MeasuredDurations } from './measured-durations';
import type { OtherSessions } from './other-sessions';

/** What was measured of a task, in sessions of plans of the same name. */
export interface TaskEvidence {
  /** Of attempts that succeeded. */
  durations: MeasuredDurations;
  /** Of attempts that failed. */
  failures: MeasuredDurations;
  /** Of a task with a condition: in how many earlier sessions it held, and in how many not. */
  conditions?: { held: number; failed: number };
  /** Of a fan-out: how many items it had in earlier sessions. */
  items?: readonly number[];
  /** Of a task of the registry: who did it, as indices into `registered`. */
  registered?: readonly number[];
}

/** What a forecast rests on, besides the plan and the state of the session. */
export interface SessionEvidence {
  /** Parallel to the outline's tasks. */
  tasks: readonly TaskEvidence[];
  /** Agents of the registry that have done tasks of the session, with the room that other sessions leave them. */
  registered: readonly RegisteredPlaces[];
  /** When attempts in flight began, in milliseconds since 1970, by run. */
  begunAt: ReadonlyMap<string, number>;
  /** Since when runs are in the line for agents of registries, likewise. */
  inLineSince?: ReadonlyMap<string, number>;
  /** What other sessions of the workspace have at these agents, and wait for; absent where that is nothing. */
  others?: OtherSessions;
}

export interface RegisteredPlaces {
  name: string;
  places: number;
  /** Of its latest successes, whatever they were, where other sessions work with it. */
  durations?: MeasuredDurations;
}
