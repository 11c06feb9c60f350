import { ApiError } from '../api-error';
import { ConnectionError } from './connection-error';
import type { EventFilter } from './event-filter';
import type { OrchestraEvent } from './types';
import { readEventStream } from './read-event-stream';
import type { Requester } from './requester';
import { retryPauseMs } from './retry-pause';

const usualSilenceMs = 60_000;

/** What the stream says of itself, first and last. */
const frames: ReadonlySet<string | undefined> = new Set(['ready', 'resume']);

export interface FollowOptions extends EventFilter {
  signal?: AbortSignal;
  /** Called whenever the stream is open: what happens from then on will be told. */
  onOpen?(): void;
}

/**
 * Events as they happen, each of them once, in order. Where the connection breaks, or the API ends it, it is opened again behind the last event, for as long as it takes.
 * Rejects with an ApiError where the API refuses, and with the reason of the signal.
 */
export async function* followEvents(api: Requester, options: FollowOptions = {}): AsyncGenerator<OrchestraEvent> {
  const { session, agent, types, signal } = options;
  const silenceMs = api.settings.silenceMs ?? usualSilenceMs;
  let { after } = options;
  for (let tries = 0; ;) {
    let broken: unknown = new ConnectionError('The stream of events has ended.', 'network');
    const joined = api.join(signal).within(silenceMs);
    try {
      const query = { session, agent, types: types?.join(','), after };
      const headers = { accept: 'text/event-stream' };
      const { body } = await api.open({ method: 'GET', path: '/v1/events', query, headers }, joined.signal);
      options.onOpen?.();
      if (!body) throw new ConnectionError('The stream of events has no body.', 'not-the-api');
      for await (const { id, event, data } of readEventStream(body)) {
        tries = 0;
        // Whoever takes long with an event is not taken for a silent API.
        joined.withoutLimit();
        if (data !== undefined && !frames.has(event)) yield readEvent(data);
        if (id !== undefined && id !== '') after = id;
        joined.within(silenceMs);
      }
    } catch (error) {
      // What breaks then breaks in words of the platform.
      if (joined.signal.aborted && !joined.isTimedOut) throw joined.signal.reason;
      if (!isPassing(error)) throw error;
      // Whatever else breaks a stream is of the network, and waited for as such.
      if (error instanceof ApiError || error instanceof ConnectionError) broken = error;
      api.settings.onRetry?.(error);
    } finally {
      joined.release();
    }
    await api.pause(retryPauseMs(broken, tries++) ?? 0, signal);
  }
}

function readEvent(data: string): OrchestraEvent {
  try {
    return JSON.parse(data) as OrchestraEvent;
  } catch (error) {
    throw new ConnectionError('An event is not JSON: it is not of the API.', 'not-the-api', { cause: error });
  }
}

/** Whatever breaks in the middle is of the network; what the API says, it means. */
function isPassing(error: unknown): boolean {
  return error instanceof ApiError || error instanceof ConnectionError ? error.retryable : true;
}
