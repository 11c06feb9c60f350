import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { OrchestraError } from '../domain/errors';

export interface StatusSources {
  /** In Prometheus' text form. */
  metrics(): Promise<string>;
  /** What keeps the process from its work, in words; none where it is ready. */
  missing(): Promise<string[]>;
}

export interface StatusServer {
  port: number;
  close(): Promise<void>;
}

/** Says of this process whether it is up, whether it is ready, and what it measures. Throws SERVER_UNAVAILABLE where the address cannot be had. */
export async function startStatusServer(
  { host, port }: { host: string; port: number },
  sources: StatusSources,
): Promise<StatusServer> {
  const server = createServer((request, response) => {
    const answer = (status: number, body: string, type = 'text/plain; charset=utf-8'): void =>
      void response.writeHead(status, { 'content-type': type, 'cache-control': 'no-store' }).end(body);
    void respond(request.method, request.url, sources, answer).catch(() => answer(500, 'It cannot be told.\n'));
  });
  // Whoever asks is a machine beside it, and asks briefly.
  server.requestTimeout = 10_000;
  server.listen({ host, port });
  try {
    await once(server, 'listening');
  } catch (error) {
    throw new OrchestraError(
      'SERVER_UNAVAILABLE',
      `Metrics cannot be served on ${host}:${port} (${(error as NodeJS.ErrnoException).code}). Choose another ORCHESTRA_METRICS_ADDRESS: each process needs its own.`,
      { cause: error },
    );
  }
  return {
    port: (server.address() as AddressInfo).port,
    close: async () => {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

async function respond(
  method: string | undefined,
  url: string | undefined,
  { metrics, missing }: StatusSources,
  answer: (status: number, body: string, type?: string) => void,
): Promise<void> {
  if (method !== 'GET' && method !== 'HEAD') return answer(405, 'Only GET.\n');
  switch (url?.split('?')[0]) {
    case '/healthz':
      return answer(200, 'ok\n');
    case '/readyz': {
      const lacking = await missing();
      return lacking.length === 0 ? answer(200, 'ready\n') : answer(503, `${lacking.join('; ')}\n`);
    }
    case '/metrics':
      return answer(200, await metrics(), 'text/plain; version=0.0.4; charset=utf-8');
    default:
      return answer(404, 'There are /metrics, /healthz and /readyz.\n');
  }
}
