import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Span, Tracing } from '../contracts/ports/tracing';
import type { WorkMetrics } from './metrics';

/** Counts and times what the API answers, by route, and makes each request a span; of the trace of whoever sent it, where it names one. */
export function observeRequests(
  app: FastifyInstance,
  { metrics, tracing }: { metrics: WorkMetrics; tracing: Tracing },
): void {
  const answered = new WeakMap<FastifyRequest, (status: number) => void>();
  app.addHook('preHandler', (request, _reply, next) => {
    // A socket is no request that is answered.
    if (request.ws) return next();
    const { session, run } = request.params as { session?: string; run?: string };
    const fields = { ...(session !== undefined && { session }), ...(run !== undefined && { task: run }) };
    if (Object.keys(fields).length > 0) request.log = request.log.child(fields);
    const { traceparent } = request.headers;
    void tracing.inSpan(
      `${request.method} ${routeOf(request)}`,
      {
        kind: 'server',
        parent: typeof traceparent === 'string' ? traceparent : undefined,
        attributes: namesOf(request),
      },
      (span) =>
        new Promise<void>((resolve) => {
          answered.set(request, (status) => end(span, status, resolve));
          next();
        }),
    );
  });
  const tell = (request: FastifyRequest, status: number): void => {
    answered.get(request)?.(status);
    answered.delete(request);
  };
  app.addHook('onResponse', (request, reply, done) => {
    const labels = { method: request.method, route: routeOf(request), status: `${reply.statusCode}` };
    metrics.requestDuration.observe(labels, reply.elapsedTime / 1_000);
    tell(request, reply.statusCode);
    done();
  });
  app.addHook('onRequestAbort', (request, done) => {
    tell(request, 499);
    done();
  });
}

function end(span: Span, status: number, resolve: () => void): void {
  span.note({ 'http.response.status_code': status });
  resolve();
}

/** As it is written in the table of routes: what stands in paths is no label. */
function routeOf({ routeOptions }: FastifyRequest): string {
  return routeOptions.url ?? 'none';
}

function namesOf(request: FastifyRequest): Record<string, string> {
  return { 'http.request.method': request.method, 'http.route': routeOf(request), 'http.request.id': request.id };
}
