import type { WebSocket } from 'ws';
import type { AskOptions } from '../agent-transport';
import { readApiError } from '../api-error';

interface Waiting {
  resolve(body: unknown): void;
  reject(error: Error): void;
}

interface Answer {
  id: string | null;
  status: number;
  body: unknown;
  retryAfter?: number;
}

/** The API pings every 15 s: nothing heard for so long, and the connection is dead. */
const silenceMs = 45_000;

/** Requests over one socket, until it closes; then those that have no answer yet are rejected. */
export class FrameRequests {
  private readonly waiting = new Map<string, Waiting>();
  private sent = 0;
  private heardAt = Date.now();
  private readonly looking: NodeJS.Timeout;

  constructor(
    private readonly socket: WebSocket,
    onClosed: () => void,
  ) {
    this.looking = setInterval(() => {
      if (Date.now() - this.heardAt > silenceMs) socket.terminate();
    }, silenceMs / 3);
    this.looking.unref();
    const hear = (): void => void (this.heardAt = Date.now());
    socket.on('ping', hear);
    socket.on('message', (data: Buffer) => {
      hear();
      const answer = readAnswer(data.toString());
      if (answer) this.take(answer);
      // Whoever says so is not the API.
      else socket.terminate();
    });
    // What it is about, the closing says.
    socket.on('error', () => undefined);
    socket.once('close', (code: number, reason: Buffer) => {
      clearInterval(this.looking);
      onClosed();
      const said = reason.length > 0 ? `: ${reason.toString()}` : '';
      const error = new Error(`The connection to the API was closed (${code}${said}).`);
      for (const { reject } of this.waiting.values()) reject(error);
      this.waiting.clear();
    });
  }

  /** Rejects with an ApiError where it is refused. With the signal aborted, the API waits no longer, and what has come of it by then is the answer. */
  ask<Answer>(verb: string, body: object, { signal, traceparent }: AskOptions = {}): Promise<Answer> {
    const id = String((this.sent += 1));
    return new Promise<Answer>((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason as Error);
      if (this.socket.readyState === this.socket.CLOSED)
        return reject(new Error('The connection to the API was closed.'));
      const leave = (): void => this.socket.send(JSON.stringify({ leave: id }), () => undefined);
      const end = (): void => signal?.removeEventListener('abort', leave);
      signal?.addEventListener('abort', leave, { once: true });
      this.waiting.set(id, {
        resolve: (answer) => {
          end();
          resolve(answer as Answer);
        },
        reject: (error) => {
          end();
          reject(error);
        },
      });
      this.socket.send(JSON.stringify({ id, verb, body, traceparent }), (error) => {
        // The closing comes as well, and sooner or later.
        if (error) this.socket.terminate();
      });
    });
  }

  private take({ id, status, body, retryAfter }: Answer): void {
    const one = id === null ? undefined : this.waiting.get(id);
    if (id === null || !one) return;
    this.waiting.delete(id);
    if (status < 400) return one.resolve(body);
    const headers = new Headers(retryAfter === undefined ? {} : { 'retry-after': String(retryAfter) });
    one.reject(readApiError({ status, headers }, JSON.stringify(body)));
  }
}

function readAnswer(text: string): Answer | undefined {
  try {
    const value = JSON.parse(text) as Answer | null;
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}
