import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { StoredAnswer } from '../contracts/ports/idempotency-store';
import { canonicalJson } from '../domain/canonical-json';
import type { Permission, Principal } from '../domain/access/roles';
import type { Json } from '../domain/json';
import type { OrchestraError } from '../domain/errors';
import type { AuditTrail } from './audit-trail';
import { etagOf, isKnown, readIfMatch } from './etag';
import type { Gateway } from './gateway';
import { once, readIdempotencyKey, requestIdOf } from './idempotent';
import { admit, mayStill } from './identify';
import type { IdentifyDependencies } from './identify';
import { parsePart } from './parse-request';
import { rules } from './permissions';
import { problemOf, problemType } from './problem';
import { operationOf, patternOf, takesKeys } from './route';
import type { AnyRoute, Call, Reply } from './route';
import { openSocket, refusePages } from './sockets/open-socket';
import type { SocketDependencies } from './sockets/open-socket';

export interface RouteDependencies extends IdentifyDependencies, SocketDependencies {
  gateway: Pick<Gateway, 'recognise' | 'idempotency'>;
  audit: AuditTrail;
}

/** Serves the routes, each only to those who may, and only what its schemas know. */
export function registerRoutes(
  app: FastifyInstance,
  routes: readonly AnyRoute[],
  dependencies: RouteDependencies,
): void {
  const principals = new WeakMap<FastifyRequest, Principal>();
  for (const route of routes) {
    const rule = rules[operationOf(route)];
    if (rule === undefined) throw new Error(`src/api/permissions.ts does not say who may ${operationOf(route)}`);
    app.route({
      method: route.method,
      url: patternOf(route.url),
      ...(route.bodyLimitBytes !== undefined && { bodyLimit: route.bodyLimitBytes }),
      // Before the body is read: strangers have nothing parsed.
      onRequest: async (request, reply) => {
        const principal = await admit(request, route, rule, dependencies, reply);
        if (!principal) return;
        if (request.ws) refusePages(request);
        principals.set(request, principal);
      },
      ...(route.overSocket && {
        wsHandler: (socket, request) => openSocket(route, socket, request, principals.get(request), dependencies),
      }),
      handler: (request, reply) => serve(route, rule, request, reply, principals.get(request), dependencies),
    });
  }
}

async function serve(
  route: AnyRoute,
  rule: Permission | 'anybody',
  request: FastifyRequest,
  reply: FastifyReply,
  principal: Principal | undefined,
  dependencies: RouteDependencies,
): Promise<FastifyReply> {
  const { gateway, audit } = dependencies;
  const isRepeatable = takesKeys(route) && principal !== undefined && principal.role !== 'agent';
  const key = isRepeatable ? readIdempotencyKey(request.headers['idempotency-key'], principal) : undefined;
  const call = readCall(route, request, reply, principal, key && requestIdOf(key), () =>
    mayStill(request, rule, dependencies),
  );
  const work = async (seed?: string): Promise<Reply<unknown>> => {
    const end = principal && (await audit.begin(request, route, rule, principal));
    try {
      const answer = await route.handle({ ...call, seed } as Call<never, never, never>);
      end?.({ ...(answer.location !== undefined && { target: { location: answer.location } }) });
      return answer;
    } catch (error) {
      end?.({ error });
      throw error;
    }
  };
  if (!key) return sendReply(route, request, reply, await work());
  let shown: StoredAnswer | undefined;
  const { answer, isRepeated } = await once(
    gateway.idempotency,
    key,
    hashOf(request),
    async (seed) => {
      const made = await work(seed);
      shown = storedAnswer(route, made);
      return route.withoutSecrets
        ? storedAnswer(route, { ...made, body: route.withoutSecrets(made.body as never) })
        : shown;
    },
    { refusal: (error) => refusalOf(error, request), onError: dependencies.onError },
  );
  if (isRepeated) void reply.header('idempotency-replayed', 'true');
  // Of secrets, what is kept is less than what is shown this once.
  return sendStored(reply, shown ?? answer);
}

function readCall(
  route: AnyRoute,
  request: FastifyRequest,
  reply: FastifyReply,
  principal: Principal | undefined,
  requestId: string | undefined,
  mayStill: () => Promise<boolean>,
): Omit<Call<unknown, unknown, unknown>, 'principal' | 'seed'> & { principal: Principal | undefined } {
  return {
    path: route.path && parsePart('path', route.path, request.params),
    query: route.query && parsePart('query', route.query, request.query),
    body: route.body && parsePart('body', route.body, request.body),
    principal,
    requestId,
    ifMatch: readIfMatch(request.headers['if-match']),
    lastEventId: readText(request.headers['last-event-id']),
    mayStill,
    gone: goneSignal(reply),
  };
}

function readText(header: string | string[] | undefined): string | undefined {
  return typeof header === 'string' && header !== '' ? header : undefined;
}

/** Aborted when nobody waits for the answer any more. */
function goneSignal(reply: FastifyReply): AbortSignal {
  const controller = new AbortController();
  // With a reason of ours: an error with its stack would be made for every request.
  const close = (): void => controller.abort('closed');
  // Who went while we found out who it is, is not told of any more.
  if (reply.raw.destroyed) close();
  else reply.raw.once('close', close);
  return controller.signal;
}

function noticeLoss({ raw }: FastifyReply, undelivered: () => void): void {
  if (raw.destroyed) return undelivered();
  raw.once('close', () => {
    if (!raw.writableFinished) undelivered();
  });
}

function sendReply(
  route: AnyRoute,
  request: FastifyRequest,
  reply: FastifyReply,
  { body, location, status, etag, undelivered }: Reply<unknown>,
): FastifyReply {
  const code = status ?? route.statuses?.[0] ?? 200;
  if (location !== undefined) void reply.header('location', location);
  if (route.stream && body instanceof Readable) {
    // Not to be kept by anybody, nor gathered by a proxy.
    return reply
      .code(code)
      .type(route.stream)
      .header('cache-control', 'no-store')
      .header('x-accel-buffering', 'no')
      .send(body);
  }
  if (undelivered) noticeLoss(reply, undelivered);
  if (code === 204) return reply.code(204).send();
  const text = JSON.stringify(body);
  if (route.method === 'GET' && code === 200) {
    const tag = etag ?? etagOf(body, text);
    void reply.header('etag', `"${tag}"`);
    if (isKnown(request.headers['if-none-match'], tag)) return reply.code(304).send();
  }
  return reply.code(code).type('application/json; charset=utf-8').send(text);
}

function storedAnswer(route: AnyRoute, { body, location, status }: Reply<unknown>): StoredAnswer {
  return {
    status: status ?? route.statuses?.[0] ?? 200,
    location: location ?? null,
    body: JSON.stringify(body),
  };
}

function refusalOf(error: OrchestraError, request: FastifyRequest): StoredAnswer {
  const problem = problemOf(error, request.id);
  return { status: problem.status, location: null, body: JSON.stringify(problem) };
}

function sendStored(reply: FastifyReply, { status, location, body }: StoredAnswer): FastifyReply {
  if (location !== null) void reply.header('location', location);
  const type = status >= 400 ? problemType : 'application/json; charset=utf-8';
  return reply.code(status).type(type).send(body);
}

/** Of what the request asks for, however its body was written. */
function hashOf({ method, url, body }: FastifyRequest): string {
  return createHash('sha256')
    .update(canonicalJson([method, url, (body ?? null) as Json]))
    .digest('hex');
}
