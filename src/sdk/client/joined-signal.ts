/**
 * A signal that is aborted with any of others, or after so long, until it is released. `AbortSignal.any` is not released: a signal that lives for as long as a client
 * would remember every request.
 */
export class JoinedSignal {
  private readonly controller = new AbortController();
  private timer: ReturnType<typeof setTimeout> | undefined;
  readonly abort = (): void => this.controller.abort(this.others.find(({ aborted }) => aborted)?.reason);
  private readonly others: readonly AbortSignal[];
  isTimedOut = false;

  constructor(...others: readonly (AbortSignal | undefined)[]) {
    this.others = others.filter((signal) => signal !== undefined);
    if (this.others.some(({ aborted }) => aborted)) this.abort();
    for (const signal of this.others) signal.addEventListener('abort', this.abort);
  }

  get signal(): AbortSignal {
    return this.controller.signal;
  }

  /** Aborted after so long from now; said again, the time begins anew. */
  within(ms: number): this {
    this.withoutLimit();
    this.timer = setTimeout(() => {
      this.isTimedOut = true;
      this.controller.abort(new DOMException('Time ran out.', 'TimeoutError'));
    }, ms);
    return this;
  }

  withoutLimit(): void {
    clearTimeout(this.timer);
  }

  release(): void {
    this.withoutLimit();
    for (const signal of this.others) signal.removeEventListener('abort', this.abort);
  }
}
