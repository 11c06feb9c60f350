import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { until } from './until';

export interface CollectedSpan {
  traceId: string;
  spanId: string;
  parentSpanId?: string;
  name: string;
  kind: number;
  attributes: Record<string, unknown>;
  isError: boolean;
  service: unknown;
}

interface Attribute {
  key: string;
  value: Record<string, unknown>;
}

interface ExportedSpan extends Omit<CollectedSpan, 'attributes' | 'isError' | 'service'> {
  attributes: Attribute[];
  status: { code?: number };
}

interface Export {
  resourceSpans: { resource: { attributes: Attribute[] }; scopeSpans: { spans: ExportedSpan[] }[] }[];
}

/** A stand-in for an OpenTelemetry collector: takes spans over OTLP/HTTP in JSON. */
export async function startCollector() {
  const spans: CollectedSpan[] = [];
  const authorizations = new Set<string | undefined>();
  const server = createServer((request, response) => {
    authorizations.add(request.headers.authorization);
    const take = (body: unknown): void => {
      for (const { resource, scopeSpans } of (body as Export).resourceSpans) {
        const service = valuesOf(resource.attributes)['service.name'];
        for (const span of scopeSpans.flatMap((scope) => scope.spans))
          spans.push({ ...span, attributes: valuesOf(span.attributes), isError: span.status.code === 2, service });
      }
      const isRight = request.url === '/v1/traces' && request.method === 'POST';
      response.writeHead(isRight ? 200 : 404, { 'content-type': 'application/json' }).end('{}');
    };
    // What is broken off is no export.
    json(request).then(take, () => response.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    spans,
    /** What its headers said, of whoever sent something. */
    authorizations,
    /** Waits until the trace has so many spans of that name. */
    named: async (traceId: string, name: string, count = 1): Promise<CollectedSpan[]> => {
      const found = (): CollectedSpan[] => spans.filter((span) => span.traceId === traceId && span.name === name);
      await until(`${count} spans "${name}" have come`, () => found().length >= count);
      return found();
    },
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

function valuesOf(attributes: readonly Attribute[]): Record<string, unknown> {
  return Object.fromEntries(attributes.map(({ key, value }) => [key, Object.values(value)[0]]));
}
