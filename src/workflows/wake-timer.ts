import { CancellationScope, isCancellation, sleep } from '@temporalio/workflow';

/** One standing timer: it is moved only to an earlier time, because each timer costs events of history. */
export class WakeTimer {
  private armedForMs: number | undefined;
  private scope: CancellationScope | undefined;

  /** Calls `onDue` with the time it was armed for, unless it is armed for an earlier one. */
  arm(wake: { atMs: number; inMs: number } | undefined, onDue: (atMs: number) => void): void {
    if (!wake || (this.armedForMs !== undefined && this.armedForMs <= wake.atMs)) return;
    this.scope?.cancel();
    this.armedForMs = wake.atMs;
    const scope = new CancellationScope({ cancellable: true });
    this.scope = scope;
    void scope
      .run(() => sleep(wake.inMs))
      .then(() => {
        this.armedForMs = undefined;
        this.scope = undefined;
        onDue(wake.atMs);
      })
      .catch((error: unknown) => {
        if (!isCancellation(error)) throw error;
      });
  }
}
