/** That there is something to look at; told many times before somebody looks, it counts once. */
export class News {
  private isThere = false;
  private failure: { error: unknown } | undefined;
  private wake: (() => void) | undefined;

  tell(): void {
    this.isThere = true;
    this.wake?.();
  }

  /** There will be no more, and why. */
  fail(error: unknown): void {
    this.failure ??= { error };
    this.tell();
  }

  async come(): Promise<void> {
    if (!this.isThere) await new Promise<void>((resolve) => (this.wake = resolve));
    this.isThere = false;
    if (this.failure) throw this.failure.error;
  }
}
