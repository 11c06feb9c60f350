/** A run that waits for a place at an agent. */
export interface Waiter {
  workspace: string;
  session: string;
  run: string;
  /** 1 (goes at once) to 5. */
  priority: number;
  /** Milliseconds since 1970. */
  waitingSinceMs: number;
  /** The longest path from the task to the end of its plan. */
  remainingMs: number;
  /** Waiters of one workspace with the same key are served by the same agents. */
  requirementKey: string;
}

/** The most urgent that waiting makes anybody: only work that was given priority 1 goes at once. */
const mostUrgentByAge = 2;

/** The priority after waiting: one more for each full `ageMs`, down to 2. */
export function agedPriority(waiter: Waiter, nowMs: number, ageMs: number): number {
  return waiter.priority <= 1 ? 1 : Math.max(mostUrgentByAge, ageLevel(waiter, nowMs, ageMs));
}

/** Oldest first, then by key. */
export function compareAge(left: Waiter, right: Waiter): number {
  return (
    left.waitingSinceMs - right.waitingSinceMs ||
    compareText(left.session, right.session) ||
    compareText(left.run, right.run) ||
    compareText(left.workspace, right.workspace)
  );
}

/** A waiter, and how urgent waiting has made it: lower is more urgent. */
export interface AgedWaiter {
  waiter: Waiter;
  level: number;
}

/** Worked out once for each waiter: comparisons are many. */
export function aged(waiter: Waiter, nowMs: number, ageMs: number): AgedWaiter {
  return { waiter, level: ageLevel(waiter, nowMs, ageMs) };
}

/**
 * The order inside a workspace: aged priority, then the longest remaining path, then age, then key. The level goes on past 2: of those who
 * have got there, each further `ageMs` still counts before the path, or newcomers with longer paths could hold one up for ever.
 */
export function goesBefore(left: AgedWaiter, right: AgedWaiter): boolean {
  const difference = left.level - right.level || right.waiter.remainingMs - left.waiter.remainingMs;
  return (difference || compareAge(left.waiter, right.waiter)) < 0;
}

export function compareText(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0;
}

function ageLevel({ priority, waitingSinceMs }: Waiter, nowMs: number, ageMs: number): number {
  if (!(ageMs > 0)) return priority;
  // Clocks of different machines: nobody has waited less than no time.
  return priority - Math.floor(Math.max(0, nowMs - waitingSinceMs) / ageMs);
}
