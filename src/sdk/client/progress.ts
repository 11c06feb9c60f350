import { followEvents } from './follow-events';
import { JoinedSignal } from './joined-signal';
import { News } from './news';
import type { CallOptions } from './options';
import type { Requester } from './requester';
import type { Session } from './types';

export interface SessionProgress extends Pick<Session, 'status' | 'forecast'> {
  total: number;
  succeeded: number;
  failed: number;
  skipped: number;
  cancelled: number;
  /** 0 to 100, weighted by how long tasks take. */
  percent: number;
}

export function progressOf({ status, forecast, progress }: Session): SessionProgress {
  return { status, forecast, ...progress };
}

interface FollowedSession {
  readonly id: string;
  get(options?: CallOptions): Promise<Session>;
}

/** Calls back with the progress, whenever it is another one. Asks for it once for all events that came meanwhile. Resolves once the session has ended. */
export async function followProgress(
  api: Requester,
  session: FollowedSession,
  callback: (progress: SessionProgress) => void,
  signal?: AbortSignal,
): Promise<Session> {
  const stopping = new JoinedSignal(signal);
  const news = new News();
  void readNews(api, session.id, news, stopping.signal);
  let told = '';
  try {
    for (;;) {
      await news.come();
      const found = await session.get({ signal: stopping.signal });
      const progress = progressOf(found);
      const said = JSON.stringify(progress);
      if (said !== told) callback(progress);
      told = said;
      if (found.endedAt !== null) return found;
    }
  } finally {
    stopping.abort();
    stopping.release();
  }
}

async function readNews(api: Requester, session: string, news: News, signal: AbortSignal): Promise<void> {
  try {
    for await (const _ of followEvents(api, { session, signal, onOpen: () => news.tell() })) news.tell();
  } catch (error) {
    news.fail(error);
  }
}
