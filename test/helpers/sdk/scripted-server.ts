import { once } from 'node:events';
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

export interface SeenRequest {
  method: string;
  url: string;
  headers: IncomingMessage['headers'];
  body: unknown;
}

/** Answers one request; the connection is cut where it destroys the response. */
export type Step = (response: ServerResponse, request: SeenRequest) => void;

/** A server that answers requests one after the other by a script, and says so when it has none left. */
export class ScriptedServer {
  readonly seen: SeenRequest[] = [];
  private readonly steps: Step[] = [];
  private readonly server = createServer((request, response) => void this.answer(request, response));

  async start(): Promise<this> {
    this.server.listen(0, '127.0.0.1');
    await once(this.server, 'listening');
    return this;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  plan(...steps: Step[]): this {
    this.steps.push(...steps);
    return this;
  }

  stop(): void {
    this.server.closeAllConnections();
    this.server.close();
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = '', url = '', headers } = request;
    const body = await text(request);
    const seen = { method, url, headers, body: body === '' ? undefined : (JSON.parse(body) as unknown) };
    this.seen.push(seen);
    const step = this.steps.shift() ?? problem(500, 'INTERNAL', { detail: 'The script is over.', retryable: false });
    step(response, seen);
  }
}

export const json =
  (body: unknown, status = 200): Step =>
  (response) =>
    void response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));

export const problem =
  (status: number, code: string, more: object = {}, headers: Record<string, string> = {}): Step =>
  (response) =>
    void response
      .writeHead(status, { 'content-type': 'application/problem+json', ...headers })
      .end(JSON.stringify({ status, code, detail: code, retryable: false, requestId: 'r-1', ...more }));

/** The answer does not come. */
export const cut: Step = (response) => void response.destroy();

/** Server-sent events; the connection stays open unless it is cut or ended behind them. */
export const stream =
  (frames: string, then?: 'cut' | 'end'): Step =>
  (response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    if (then === 'end') response.end(frames);
    else response.write(frames, () => then === 'cut' && setImmediate(() => response.destroy()));
  };
