import { request } from 'node:http';
import type { ClientRequest, IncomingMessage } from 'node:http';

/** A server-sent event, as it came. */
export interface Received {
  id: string;
  type: string;
  data: Record<string, unknown>;
}

/** A subscription of its own, over node:http: it can be left unread, and be broken off. */
export interface SseConnection {
  status: number;
  /** What came so far, without `ready` and `resume`. */
  events: Received[];
  /** The cursor of the `ready` event; undefined until it came. */
  ready(): string | undefined;
  /** What the last event said. */
  resume(): Record<string, unknown> | undefined;
  /** As clients remember it. */
  lastId(): string | undefined;
  heartbeats(): number;
  /** Resolves when the connection is over, however. */
  ended: Promise<void>;
  /** Leaves what comes where it is; `flow` goes on. */
  stall(): void;
  flow(): void;
  cut(): void;
}

/** Subscribes. Rejects where nobody answers; `text` of an answer that is no stream is in the error. */
export function subscribe(
  apiUrl: string,
  token: string,
  query = '',
  { lastEventId, onEvent }: { lastEventId?: string; onEvent?: (event: Received, cut: () => void) => void } = {},
): Promise<SseConnection> {
  return new Promise((resolve, reject) => {
    const sent = request(`${apiUrl}/v1/events${query}`, {
      agent: false,
      headers: {
        authorization: `Bearer ${token}`,
        ...(lastEventId !== undefined && { 'last-event-id': lastEventId }),
      },
    });
    sent.once('error', reject);
    sent.once('response', (answer) => {
      sent.off('error', reject);
      sent.on('error', () => undefined);
      if (answer.statusCode === 200) return resolve(follow(sent, answer, onEvent));
      let text = '';
      answer.on('data', (part: Buffer) => (text += part.toString()));
      answer.once('end', () => reject(new Error(text)));
    });
    sent.end();
  });
}

function follow(
  sent: ClientRequest,
  answer: IncomingMessage,
  onEvent?: (event: Received, cut: () => void) => void,
): SseConnection {
  const events: Received[] = [];
  let lastId: string | undefined;
  let ready: string | undefined;
  let resume: Record<string, unknown> | undefined;
  let heartbeats = 0;
  let rest = '';
  const take = (frame: string): void => {
    let type = 'message';
    let data = '';
    for (const line of frame.split('\n')) {
      if (line.startsWith(':')) heartbeats += 1;
      else if (line.startsWith('id: ')) lastId = line.slice(4);
      else if (line.startsWith('event: ')) type = line.slice(7);
      else if (line.startsWith('data: ')) data += line.slice(6);
    }
    if (data === '') return;
    const event = { id: lastId ?? '', type, data: JSON.parse(data) as Record<string, unknown> };
    if (type === 'ready') ready = event.id;
    else if (type === 'resume') resume = event.data;
    else {
      events.push(event);
      onEvent?.(event, cut);
    }
  };
  let isCut = false;
  const cut = (): void => {
    isCut = true;
    sent.destroy();
  };
  answer.setEncoding('utf8');
  answer.on('data', (part: string) => {
    const frames = (rest + part).split('\n\n');
    rest = frames.pop() ?? '';
    // Who is cut off has no more of what was under way.
    for (const frame of frames) if (!isCut) take(frame);
  });
  answer.on('error', () => undefined);
  return {
    status: answer.statusCode ?? 0,
    events,
    ready: () => ready,
    resume: () => resume,
    lastId: () => lastId,
    heartbeats: () => heartbeats,
    ended: new Promise((resolve) => answer.once('close', resolve)),
    stall: () => void answer.pause(),
    flow: () => void answer.resume(),
    cut,
  };
}
