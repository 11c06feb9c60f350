export interface EventFilter {
  session?: string;
  agent?: string;
  /** `task-*` is all that begin so. */
  types?: readonly string[];
  /** The `id` of the last event that is known. Without it, what happens from now on. */
  after?: string;
}
