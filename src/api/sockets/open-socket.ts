import type { WebSocket } from '@fastify/websocket';
import type { FastifyRequest } from 'fastify';
import type { Tracing } from '../../contracts/ports/tracing';
import type { Principal } from '../../domain/access/roles';
import { OrchestraError } from '../../domain/errors';
import type { AuditTrail } from '../audit-trail';
import { admit, mayStill } from '../identify';
import type { IdentifyDependencies } from '../identify';
import { parsePart } from '../parse-request';
import { rules } from '../permissions';
import { refusalOf } from '../problem';
import { operationOf, patternOf } from '../route';
import type { AnyRoute, Call } from '../route';
import type { OpenSockets } from './accept-sockets';
import { FrameSocket, closeCodes } from './frame-socket';
import type { FrameAnswer, FrameRequest } from './frame-socket';

export interface SocketDependencies {
  audit: AuditTrail;
  sockets: OpenSockets;
  readJson(bytes: Buffer): unknown;
  /** Of requests to routes that say nothing of it. */
  bodyLimitBytes: number;
  tracing: Tracing;
  onError(error: unknown): void;
}

type Dependencies = SocketDependencies & IdentifyDependencies;

/** What is around the body in a frame. */
const envelopeBytes = 1024;

/** A page would be let in by what the browser knows, not by what the page knows. Throws TOKEN_FORBIDDEN. */
export function refusePages({ headers }: FastifyRequest): void {
  if (headers.origin === undefined) return;
  throw new OrchestraError(
    'TOKEN_FORBIDDEN',
    'Sockets are for programs, not for pages: the request has the header Origin. Follow /v1/events from a page.',
  );
}

/** Takes requests to the routes that `route` names from the frames of a socket, each with the same checks as a request of its own. */
export function openSocket(
  route: AnyRoute,
  socket: WebSocket,
  request: FastifyRequest,
  principal: Principal | undefined,
  dependencies: Dependencies,
): void {
  const { sockets, audit, readJson, onError } = dependencies;
  const rule = rules[operationOf(route)] ?? 'read';
  const { routes = [], opened } = route.overSocket ?? {};
  if (!principal) return socket.close(closeCodes.policyViolation);
  const byVerb = new Map(routes.map((one) => [one.url.split('/').at(-1) ?? '', one]));
  const frames = new FrameSocket(socket, {
    readJson,
    perform: (frame, gone) => {
      const { verb } = frame;
      const asked = byVerb.get(verb);
      if (asked) return traced(asked, frame, dependencies, () => perform(asked, request, frame, gone, dependencies));
      const known = [...byVerb.keys()].join(', ');
      throw new OrchestraError('ROUTE_NOT_FOUND', `There is no verb "${verb}" here; there are ${known}.`);
    },
    refuse: (error) => {
      const { problem, retryAfter } = refusalOf(error as Error, request.id, onError);
      return { status: problem.status, body: problem, ...(retryAfter !== undefined && { retryAfter }) };
    },
    bytesRead: () => request.raw.socket.bytesRead,
    mayStill: () => mayStill(request, rule, dependencies),
  });
  sockets.add(frames);
  opened?.({ path: request.params as Record<string, string>, principal }, frames.closed);
  audit.begin(request, route, rule, principal).then(
    (end) => void frames.closed.then(() => end({})),
    () => socket.close(closeCodes.tryAgainLater, 'SERVER_UNAVAILABLE'),
  );
}

/** Like the same request over HTTP, where it is of a trace. */
function traced(
  asked: AnyRoute,
  { traceparent: parent }: FrameRequest,
  { tracing }: Pick<Dependencies, 'tracing'>,
  work: () => Promise<FrameAnswer>,
): Promise<FrameAnswer> {
  if (parent === undefined) return work();
  const route = patternOf(asked.url);
  const attributes = { 'http.request.method': asked.method, 'http.route': route };
  return tracing.inSpan(`${asked.method} ${route}`, { kind: 'server', parent, attributes }, async (span) => {
    const answer = await work();
    span.note({ 'http.response.status_code': answer.status });
    return answer;
  });
}

async function perform(
  asked: AnyRoute,
  request: FastifyRequest,
  { body, bytes }: FrameRequest,
  gone: AbortSignal,
  dependencies: Dependencies,
): Promise<FrameAnswer> {
  const { audit, bodyLimitBytes } = dependencies;
  const mostBytes = (asked.bodyLimitBytes ?? bodyLimitBytes) + envelopeBytes;
  if (bytes > mostBytes) {
    const message = `The frame has ${bytes} bytes, of ${mostBytes} at most. Hand large results over by reference.`;
    throw new OrchestraError('REQUEST_TOO_LARGE', message);
  }
  const rule = rules[operationOf(asked)] ?? 'read';
  const principal = await admit(request, asked, rule, dependencies);
  if (!principal) throw new OrchestraError('TOKEN_INVALID', 'The request has no token.');
  const call = {
    path: asked.path && parsePart('path', asked.path, request.params),
    query: undefined,
    body: asked.body && parsePart('body', asked.body, body),
    principal,
    requestId: undefined,
    seed: undefined,
    ifMatch: undefined,
    lastEventId: undefined,
    mayStill: () => mayStill(request, rule, dependencies),
    gone,
  };
  const end = await audit.begin(request, asked, rule, principal);
  try {
    const reply = await asked.handle(call as Call<never, never, never>);
    end({});
    const { status = asked.statuses?.[0] ?? 200, body: said, undelivered } = reply;
    return { status, body: said, ...(undelivered && { undelivered }) };
  } catch (error) {
    end({ error });
    throw error;
  }
}
