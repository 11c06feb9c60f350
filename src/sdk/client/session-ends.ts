import { followEvents } from './follow-events';
import { News } from './news';
import type { Requester } from './requester';
import type { Session } from './types';
import { urlPath } from './url-path';

/** Waits for sessions to end: with one stream of events, however many are waited for. */
export class SessionEnds {
  private readonly waiting = new Map<string, Set<News>>();
  private reading: AbortController | undefined;

  constructor(private readonly api: Requester) {}

  /** The session once it has ended. Rejects with SESSION_NOT_FOUND, and with the reason of the signal. */
  async of(session: string, signal?: AbortSignal): Promise<Session> {
    const path = urlPath`/v1/sessions/${session}/result`;
    const look = (): Promise<Session> => this.api.send({ method: 'GET', path }, signal && { signal });
    let found = await look();
    if (found.endedAt !== null) return found;
    const news = new News();
    const stop = (): void => news.fail(signal?.reason);
    signal?.addEventListener('abort', stop);
    if (signal?.aborted) stop();
    this.add(session, news);
    try {
      while (found.endedAt === null) {
        await news.come();
        found = await look();
      }
      return found;
    } finally {
      signal?.removeEventListener('abort', stop);
      this.remove(session, news);
    }
  }

  private add(session: string, news: News): void {
    this.waiting.set(session, (this.waiting.get(session) ?? new Set()).add(news));
    if (!this.reading) void this.read((this.reading = new AbortController()));
    // The stream may be open already, and the session have ended after it was looked at.
    else news.tell();
  }

  private remove(session: string, news: News): void {
    const all = this.waiting.get(session);
    all?.delete(news);
    if (all?.size === 0) this.waiting.delete(session);
    if (this.waiting.size === 0) this.reading?.abort();
  }

  private async read({ signal }: AbortController): Promise<void> {
    const everybody = (): News[] => [...this.waiting.values()].flatMap((all) => [...all]);
    const onOpen = (): void => everybody().forEach((news) => news.tell());
    try {
      for await (const { session } of followEvents(this.api, { types: ['session-ended'], signal, onOpen })) {
        if (session !== undefined) this.waiting.get(session)?.forEach((news) => news.tell());
      }
    } catch (error) {
      if (!signal.aborted) everybody().forEach((news) => news.fail(error));
    }
    this.reading = undefined;
    // Somebody came after the last one had gone.
    if (signal.aborted && this.waiting.size > 0) void this.read((this.reading = new AbortController()));
  }
}
