import type { IncomingMessage } from 'node:http';
import type { WebSocket } from 'ws';
import type { ApiAddress } from '../agent-api';
import { readApiError } from '../api-error';
import type { ApiError } from '../api-error';

/** Whoever does not answer by then is taken for somebody who knows no sockets. */
const handshakeMs = 10_000;

/** There is no socket to be had here: something on the way, or an older API, knows none. */
export class NoSocket extends Error {
  override readonly name = 'NoSocket';
}

/** Opens the socket of an agent. Rejects with an ApiError where it is refused, with NoSocket where there is none, else with what the network says. */
export async function openSocket({ url, token, agent }: ApiAddress): Promise<WebSocket> {
  // Loaded by those alone who use it.
  const { WebSocket } = await import('ws');
  const address = new URL(`/v1/agents/${encodeURIComponent(agent)}/socket`, url);
  address.protocol = address.protocol === 'https:' ? 'wss:' : 'ws:';
  const socket = new WebSocket(address, {
    headers: { authorization: `Bearer ${token}` },
    handshakeTimeout: handshakeMs,
    perMessageDeflate: false,
  });
  return new Promise((resolve, reject) => {
    socket.once('open', () => resolve(socket));
    socket.on('error', (error: NodeJS.ErrnoException) => reject(isAway(error) ? error : new NoSocket(error.message)));
    socket.once('unexpected-response', (request, response) => {
      void refusalOf(response)
        .then(reject, reject)
        .finally(() => request.destroy());
    });
  });
}

/** Nobody is there: then there is nobody for other requests either. */
function isAway({ code = '' }: NodeJS.ErrnoException): boolean {
  return ['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH'].includes(code);
}

async function refusalOf(response: IncomingMessage): Promise<ApiError | NoSocket> {
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk as Buffer);
  const { statusCode: status = 0, headers } = response;
  const said = readApiError(
    { status, headers: new Headers({ 'retry-after': headers['retry-after'] ?? '' }) },
    Buffer.concat(chunks).toString(),
  );
  // Only what the API itself says of the token is said of all requests.
  const isOfAll = ['TOKEN_INVALID', 'TOKEN_FORBIDDEN', 'RATE_LIMITED', 'SERVER_UNAVAILABLE'].includes(said.code);
  return isOfAll ? said : new NoSocket(`HTTP ${status}`);
}
