/**
 * A signal that is aborted with another one, by hand, or after so long, until it is released. `AbortSignal.any` cannot be released: a signal that lives for long would
 * remember every request.
 */
export class JoinedSignal {
  private readonly controller = new AbortController();
  private timer: ReturnType<typeof setTimeout> | undefined;
  private readonly follow = (): void => this.abort(this.other?.reason);
  isTimedOut = false;

  constructor(
    private readonly other?: AbortSignal,
    private readonly onRelease?: (joined: JoinedSignal) => void,
  ) {
    if (other?.aborted) this.follow();
    other?.addEventListener('abort', this.follow);
  }

  get signal(): AbortSignal {
    return this.controller.signal;
  }

  abort(reason?: unknown): void {
    this.controller.abort(reason);
  }

  /** Aborted after so long from now; said again, the time begins anew. */
  within(ms: number): this {
    this.withoutLimit();
    this.timer = setTimeout(() => {
      this.isTimedOut = !this.signal.aborted;
      this.abort(new DOMException('Time ran out.', 'TimeoutError'));
    }, ms);
    return this;
  }

  withoutLimit(): void {
    clearTimeout(this.timer);
  }

  release(): void {
    this.withoutLimit();
    this.other?.removeEventListener('abort', this.follow);
    this.onRelease?.(this);
  }
}
