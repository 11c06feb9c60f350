export interface WokenLook {
  /** Looks at once, or once more when the look under way is over. */
  wake(): void;
  stop(): Promise<void>;
}

/** After a look that failed: what woke it is still to be looked at, and nobody says so again. */
const againAfterErrorMs = 1_000;

/**
 * Repeats a look when it is woken, one at a time. `look` resolves with the milliseconds after which it is repeated by itself, in case that nobody
 * wakes it; one that rejects is reported, and repeated soon.
 */
export function lookWhenWoken(look: () => Promise<number>, onError: (error: unknown) => void): WokenLook {
  let stopped = false;
  let looking: Promise<void> | undefined;
  let isWoken = false;
  let timer: NodeJS.Timeout | undefined;

  const lookOnce = async (): Promise<void> => {
    const nextMs = await look().catch((error: unknown) => {
      onError(error);
      return againAfterErrorMs;
    });
    looking = undefined;
    if (stopped) return;
    if (isWoken) start();
    else sleep(nextMs);
  };
  const start = (): void => {
    isWoken = false;
    clearTimeout(timer);
    looking = lookOnce();
  };
  const sleep = (ms: number): void => {
    timer = setTimeout(start, ms);
    timer.unref();
  };
  start();

  return {
    wake: () => {
      if (stopped) return;
      if (looking) isWoken = true;
      else start();
    },
    stop: async () => {
      stopped = true;
      clearTimeout(timer);
      await looking;
    },
  };
}
