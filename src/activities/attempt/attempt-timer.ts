/** The longest delay that setTimeout keeps; it fires at once for a longer one. */
const longestTimerMs = 2 ** 31 - 1;

/** Calls back once after `afterMs`, which may be as long as a plan allows. Returns what stops it. */
export function startAttemptTimer(afterMs: number, onDue: () => void): () => void {
  let timer: NodeJS.Timeout;
  const arm = (leftMs: number): void => {
    const waitMs = Math.min(leftMs, longestTimerMs);
    timer = setTimeout(() => (leftMs > waitMs ? arm(leftMs - waitMs) : onDue()), waitMs);
  };
  arm(afterMs);
  return () => clearTimeout(timer);
}
