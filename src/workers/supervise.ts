import type { Worker } from '@temporalio/worker';

export interface SupervisedWorker {
  /** Resolves once the worker polls for the first time. */
  ready: Promise<void>;
  /** Ends what it does and waits for it. */
  stop(): Promise<void>;
}

/** Keeps a worker running: a worker cannot start while the server is down, and ends when the server is away for too long. */
export function superviseWorker(create: () => Promise<Worker>, onError: (error: unknown) => void): SupervisedWorker {
  let stopped = false;
  let current: Worker | undefined;
  let wake: (() => void) | undefined;
  let markReady: () => void = () => undefined;
  const ready = new Promise<void>((resolve) => (markReady = resolve));

  const pause = (ms: number): Promise<void> =>
    new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });

  const keepRunning = async (): Promise<void> => {
    for (let waitMs = 200; !stopped; waitMs = Math.min(waitMs * 2, 5_000)) {
      try {
        current = await create();
        const running = current.run();
        markReady();
        if (stopped) shutDown();
        await running;
        waitMs = 200;
      } catch (error) {
        onError(error);
      }
      current = undefined;
      if (!stopped) await pause(waitMs);
    }
    markReady();
  };

  const shutDown = (): void => {
    try {
      current?.shutdown();
    } catch {
      // It is shutting down already.
    }
  };

  const running = keepRunning();
  return {
    ready,
    stop: async () => {
      stopped = true;
      shutDown();
      wake?.();
      await running;
    },
  };
}
