import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Span, Tracing } from '../contracts/ports/tracing';
import type { WorkMetrics } from './metrics';

/** Counts and times what the API answers, by route, says in its log what it is about, and makes each request a span; of the trace of whoever sent it, where it names one. */
export function observeRequests(
  app: FastifyInstance,
  { metrics, tracing }: { metrics: WorkMetrics; tracing: Tracing },
): void {
  const answered = new WeakMap<FastifyRequest, (status: number) => void>();
  app.addHook('preHandler', (request, reply, next) => {
    // A socket is no request that is answered.
    if (request.ws) return next();
    tellOf(request, reply, fieldsOf(request));
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
    const [, made] = /^\/v1\/(?:sessions|tasks)\/([^/]+)$/.exec(String(reply.getHeader('location') ?? '')) ?? [];
    if (made !== undefined && fieldsOf(request).session === undefined) tellOf(request, reply, { session: made });
    tell(request, reply.statusCode);
    done();
  });
  app.addHook('onRequestAbort', (request, done) => {
    tell(request, 499);
    done();
  });
}

interface LoggedNames {
  session?: string;
  task?: string;
}

/** A task that was submitted by itself is a session of one. */
function fieldsOf({ params }: FastifyRequest): LoggedNames {
  const { task, session = task, run } = params as { session?: string; task?: string; run?: string };
  return { ...(session !== undefined && { session }), ...(run !== undefined && { task: run }) };
}

/** What is logged of the request from here on, its end included, says so. */
function tellOf(request: FastifyRequest, reply: FastifyReply, names: LoggedNames): void {
  if (Object.keys(names).length === 0) return;
  request.log = request.log.child(names);
  reply.log = request.log;
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
