/** Looks again whenever it is woken, one look at a time. */
export interface Looker {
  /** Looks at once, or once more when the look under way is over. */
  wake(): void;
  stop(): Promise<void>;
}

/** Looks at once, when it is woken, and by itself so many milliseconds after a look as that resolves with. `look` never rejects. */
export function keepLooking(look: () => Promise<number>): Looker {
  let stopped = false;
  let looking: Promise<void> | undefined;
  let isWoken = false;
  let timer: NodeJS.Timeout | undefined;

  const lookOnce = async (): Promise<void> => {
    const nextMs = await look();
    looking = undefined;
    if (stopped) return;
    if (isWoken) start();
    else {
      timer = setTimeout(start, nextMs);
      timer.unref();
    }
  };
  const start = (): void => {
    isWoken = false;
    clearTimeout(timer);
    looking = lookOnce();
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
