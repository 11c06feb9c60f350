/** Lets each piece of news through at once and then after pauses that double: every signal stays in the history of its session. */
export class RepeatPacing {
  private known = new Map<string, { dueAt: number; pauseMs: number }>();

  constructor(
    private readonly firstPauseMs: number,
    private readonly longestPauseMs: number,
  ) {}

  /** Those of the news that are due at `now`, in milliseconds since 1970. What is not among the news any more is forgotten. */
  due<News>(news: readonly News[], keyOf: (item: News) => string, now: number): News[] {
    const before = this.known;
    this.known = new Map();
    return news.filter((item) => {
      const key = keyOf(item);
      const last = before.get(key);
      const isDue = last === undefined || now >= last.dueAt;
      const pauseMs = last === undefined ? this.firstPauseMs : Math.min(2 * last.pauseMs, this.longestPauseMs);
      this.known.set(key, isDue ? { dueAt: now + pauseMs, pauseMs } : last);
      return isDue;
    });
  }
}
