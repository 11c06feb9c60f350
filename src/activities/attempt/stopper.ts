/** Why an attempt is stopped from outside. */
export type StopCause = 'cancelled' | 'timed-out' | 'worker-stopping';

/** Tells an attempt to stop, and keeps why: the first cause counts. */
export interface Stopper {
  readonly signal: AbortSignal;
  /** Undefined while it was not stopped. */
  readonly stopCause: StopCause | undefined;
  stop(cause: StopCause): void;
}

export function createStopper(): Stopper {
  const controller = new AbortController();
  let stopCause: StopCause | undefined;
  return {
    signal: controller.signal,
    get stopCause() {
      return stopCause;
    },
    stop: (cause) => {
      stopCause ??= cause;
      controller.abort(cause);
    },
  };
}
