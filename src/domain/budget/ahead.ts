/** The place in the line of a run that waits for its workspace. */
export interface LinePosition {
  /** 1 (most urgent) to 5. */
  priority: number;
  /** Milliseconds since 1970. */
  since: number;
}

/** How many of those who wait come before it: by priority, then by age. */
export function countAhead(waiters: readonly LinePosition[], { priority, since }: LinePosition): number {
  return waiters.filter((one) => one.priority < priority || (one.priority === priority && one.since < since)).length;
}
