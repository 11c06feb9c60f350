import { request as requestHttp } from 'node:http';
import type { IncomingMessage, OutgoingHttpHeaders } from 'node:http';
import { request as requestHttps } from 'node:https';
import type { LookupFunction } from 'node:net';

export interface HttpRequest {
  method: string;
  url: URL;
  headers: OutgoingHttpHeaders;
  body: string;
  /** Of the answer's body. */
  limitBytes: number;
  signal: AbortSignal;
  /** Finds the address of the host; Node's own where it is absent. */
  lookup?: LookupFunction;
}

export interface Answer {
  status: number;
  headers: IncomingMessage['headers'];
  /** The first `limitBytes` where the body is `oversized`. */
  body: Buffer;
  oversized: boolean;
}

/** An idle connection of a long-running agent must not be forgotten by a router on the way. */
const keepAliveProbeMs = 30_000;

/**
 * Sends one request and reads its answer. Rejects with a Node error whose `code` names the cause, also when aborted or the request is invalid.
 *
 * node:http instead of fetch, because fetch gives up after 300 s without an answer, and agents think for longer: the attempt's own timeout
 * is the only one here. Redirects are not followed, and each request has a connection of its own, since a reused one that the server is
 * just closing would look like an agent that failed.
 */
export function exchange({ method, url, headers, body, limitBytes, signal, lookup }: HttpRequest): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const send = url.protocol === 'https:' ? requestHttps : requestHttp;
    const content = Buffer.from(body);
    const request = send(url, {
      method,
      headers: method === 'GET' ? headers : { ...headers, 'content-length': content.length },
      agent: false,
      signal,
      ...(lookup && { lookup }),
    });
    let answered = false;
    request.on('error', reject);
    // Node closes without an error where the server answers by switching the protocol.
    request.on('close', () => {
      if (!answered) reject(new Error('The connection was closed without an answer'));
    });
    request.on('socket', (socket) => socket.setKeepAlive(true, keepAliveProbeMs));
    request.on('response', (response) => {
      answered = true;
      readBody(response, limitBytes).then(
        (read) => resolve({ status: response.statusCode ?? 0, headers: response.headers, ...read }),
        reject,
      );
    });
    request.end(content);
  });
}

async function readBody(response: IncomingMessage, limitBytes: number): Promise<{ body: Buffer; oversized: boolean }> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    size += chunk.length;
    // Leaving the loop destroys the response, and its connection with it.
    if (size > limitBytes) break;
  }
  return { body: Buffer.concat(chunks).subarray(0, limitBytes), oversized: size > limitBytes };
}
