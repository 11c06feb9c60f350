/** Says every `everyMs` (default 15 s) how long the work has been going on, so that nobody takes it for stuck. */
export async function withHeartbeat<Result>(
  what: string,
  onProgress: (message: string) => void,
  work: () => Promise<Result>,
  everyMs = 15_000,
): Promise<Result> {
  const startedAt = performance.now();
  const timer = setInterval(() => {
    onProgress(`${what}: ${Math.round((performance.now() - startedAt) / 1_000)} s so far.`);
  }, everyMs);
  try {
    return await work();
  } finally {
    clearInterval(timer);
  }
}
