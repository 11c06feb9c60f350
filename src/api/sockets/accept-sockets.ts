import websocket from '@fastify/websocket';
import type { FastifyInstance } from 'fastify';
import type { IncomingMessage } from 'node:http';
import { TLSSocket } from 'node:tls';
import type { Duplex } from 'node:stream';
import type { AnyRoute } from '../route';
import type { FrameSocket } from './frame-socket';

/** A larger frame ends the connection. The results of agents are smaller, and what is between is refused in words. */
const maxFrameBytes = 17 * 1024 * 1024;

/** The WebSockets of this process. */
export class OpenSockets {
  private readonly sockets = new Set<FrameSocket>();

  add(socket: FrameSocket): void {
    this.sockets.add(socket);
    void socket.closed.then(() => this.sockets.delete(socket));
  }

  /** Answers the requests that are under way, and closes. */
  async stop(): Promise<void> {
    await Promise.all([...this.sockets].map((socket) => socket.stop()));
  }
}

/** Lets those routes take WebSockets that are for them; it knows no others. */
export async function acceptSockets(app: FastifyInstance, routes: readonly AnyRoute[]): Promise<void> {
  await app.register(websocket, {
    options: { maxPayload: maxFrameBytes },
    // Of a socket that closes, the library has said why; only what nobody closes is ended here.
    errorHandler: (error, socket, request) => {
      request.log.info({ err: error }, 'a socket had to be closed');
      if (socket.readyState === socket.OPEN) socket.terminate();
    },
    // The requests of sockets are answered first, elsewhere.
    preClose: (done) => done(),
  });
  const paths = routes.filter(({ overSocket }) => overSocket).map(({ url }) => pathPattern(url));
  const { server } = app;
  const listeners = server.listeners('upgrade') as ((...given: [IncomingMessage, Duplex, Buffer]) => void)[];
  server.removeAllListeners('upgrade');
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    if (isForSocket(request, paths)) for (const listener of listeners) listener.call(server, request, socket, head);
    else server.emit(socket instanceof TLSSocket ? 'secureConnection' : 'connection', asked(request, socket, head));
  });
}

function pathPattern(url: string): RegExp {
  return new RegExp(`^${url.replaceAll(/\{\w+\}/g, '[^/?]+')}(\\?|$)`);
}

function isForSocket({ method, url = '', headers }: IncomingMessage, paths: readonly RegExp[]): boolean {
  return method === 'GET' && headers.upgrade?.toLowerCase() === 'websocket' && paths.some((path) => path.test(url));
}

/**
 * Whoever only offers another protocol (some clients of HTTP/2 do so with each request) is served as if they had not: the connection as it was before
 * the request was read, but for the offer. Node 20 cannot leave that to us.
 */
function asked({ method, url, httpVersion, rawHeaders }: IncomingMessage, socket: Duplex, head: Buffer): Duplex {
  const lines = [`${method} ${url} HTTP/${httpVersion}`];
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at] ?? '';
    if (!/^(upgrade|connection|http2-settings)$/i.test(name)) lines.push(`${name}: ${rawHeaders[at + 1]}`);
  }
  socket.unshift(Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1'), head]));
  return socket;
}
