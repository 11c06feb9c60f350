/** Something that happened, as the stream of events tells it. */
export interface OrchestraEvent {
  /** Names the event, and where to go on behind it. */
  id: string;
  /** E.g. `task-succeeded`. */
  type: string;
  at: string;
  session?: string;
  /** Its place in the session's log. */
  seq?: number;
  /** With the index for an item of a fan-out: `each[3]`. */
  task?: string;
  attempt?: number;
  agent?: string;
  data: Record<string, unknown>;
}

export interface EventFilter {
  session?: string;
  agent?: string;
  /** `task-*` is all that begin so. */
  types?: readonly string[];
  /** The `id` of the last event that is known. Without it, what happens from now on. */
  after?: string;
}
