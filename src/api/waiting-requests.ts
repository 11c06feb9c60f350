/** Requests that wait to be woken by what happens to one of their keys. */
export class WaitingRequests {
  private readonly byKey = new Map<string, Set<() => void>>();
  private isClosed = false;

  /** Resolves with true when it is woken; with false once the time has passed or the request has gone. */
  wait(keys: readonly string[], waitMs: number, gone: AbortSignal): Promise<boolean> {
    if (this.isClosed || waitMs <= 0 || gone.aborted) return Promise.resolve(false);
    return new Promise((resolve) => {
      const end = (isWoken: boolean): void => {
        clearTimeout(timer);
        gone.removeEventListener('abort', leave);
        for (const key of keys) {
          const waiting = this.byKey.get(key);
          waiting?.delete(wake);
          if (waiting?.size === 0) this.byKey.delete(key);
        }
        resolve(isWoken);
      };
      const wake = (): void => end(!this.isClosed);
      const leave = (): void => end(false);
      const timer = setTimeout(leave, waitMs);
      gone.addEventListener('abort', leave);
      for (const key of keys) this.byKey.set(key, (this.byKey.get(key) ?? new Set()).add(wake));
    });
  }

  wake(key: string): void {
    for (const wake of [...(this.byKey.get(key) ?? [])]) wake();
  }

  wakeAll(): void {
    for (const key of [...this.byKey.keys()]) this.wake(key);
  }

  /** Lets all go, and nobody wait any more. */
  close(): void {
    this.isClosed = true;
    this.wakeAll();
  }
}
