/** The longest delay that setTimeout keeps; it fires at once for a longer one. */
const longestTimerMs = 2 ** 31 - 1;

/** Resolves after `durationMs`, or as soon as the signal is aborted; never rejects, so look at the signal afterwards. */
export async function sleep(durationMs: number, signal: AbortSignal): Promise<void> {
  for (let leftMs = durationMs; leftMs > 0 && !signal.aborted; leftMs -= longestTimerMs) {
    await sleepOnce(Math.min(leftMs, longestTimerMs), signal);
  }
}

/** Resolves once the promise has settled, and after `limitMs` at the latest; leaves no timer behind. */
export async function settledWithin(promise: Promise<unknown>, limitMs: number): Promise<void> {
  const settled = new AbortController();
  const settle = (): void => settled.abort();
  promise.then(settle, settle);
  await sleepOnce(limitMs, settled.signal);
}

function sleepOnce(durationMs: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, durationMs);
    if (signal.aborted) done();
    else signal.addEventListener('abort', done);
  });
}
