import type { Readable } from 'node:stream';
import type { z } from 'zod';
import type { Principal } from '../domain/access/roles';
import type { ErrorCode } from '../domain/errors';
import type { IfMatch } from '../domain/if-match';

/** A request that was understood, of somebody who may make it. */
export interface Call<Path, Query, Body> {
  path: Path;
  query: Query;
  body: Body;
  principal: Principal;
  /** Equal for repetitions of a request with the same Idempotency-Key, and for no others; undefined without one. */
  requestId: string | undefined;
  /** Random, and the same when a request is done again because its answer was lost: by it, what was made of it is found. Undefined without a key. */
  seed: string | undefined;
  /** What the change was made from, by the `If-Match` header. */
  ifMatch: IfMatch;
  /** The `Last-Event-ID` header: of a client that connects to a stream again. */
  lastEventId: string | undefined;
  /** Whether the token would be taken now: for answers that go on for long. */
  mayStill(): Promise<boolean>;
  /** Aborted when nobody waits for the answer any more. */
  gone: AbortSignal;
}

/** What a handler comes to. */
export interface Reply<Answer> {
  /** Of a route with `stream`, what goes on. */
  body: Answer | Readable;
  /** Where what was made can be found. */
  location?: string;
  /** Of one of several statuses that the route documents. */
  status?: number;
  /** The version of what is shown; worked out from the answer where it is absent (etag.ts). */
  etag?: string;
  /** Called where the connection was gone before it took the answer: whatever was given with it, nobody has. */
  undelivered?(): void;
}

/** One operation of the API: what it takes, what it answers, and how. Documentation and checks follow from it. */
export interface Route<
  Path extends z.ZodObject = z.ZodObject,
  Query extends z.ZodObject = z.ZodObject,
  Body extends z.ZodType = z.ZodType,
  Answer extends z.ZodType = z.ZodType,
> {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** As OpenAPI writes it: `/v1/sessions/{session}`. */
  url: string;
  tag: string;
  summary: string;
  path?: Path;
  query?: Query;
  body?: Body;
  /** Of a stream, one of the events or lines in it. */
  answer: Answer;
  /** The answer is made while it is sent, and is of this type: events go on until somebody ends them, lines end by themselves. */
  stream?: 'text/event-stream' | 'application/x-ndjson';
  /** Of a success; the first one is the usual one. Default 200. */
  statuses?: readonly [number, ...number[]];
  /** Besides those that any route can come to. */
  errors?: readonly ErrorCode[];
  bodyLimitBytes?: number;
  /** The connection can become a WebSocket; `handle` answers whoever does not ask for that. */
  overSocket?: OverSocket;
  /** A POST that only works something out: it takes no key, and nothing of its answer is kept. */
  changesNothing?: true;
  /** What is kept of an answer for repetitions of its request, where there are secrets in it. */
  withoutSecrets?(answer: z.input<Answer>): z.input<Answer>;
  handle(
    call: Call<z.output<Path>, z.output<Query>, z.output<Body>>,
  ): Promise<Reply<z.input<Answer>>> | Reply<z.input<Answer>>;
}

/** What a WebSocket at the address of a route is for. */
export interface OverSocket {
  /** A frame is a request to one of these, by the last part of its address; the rest of the address is that of the socket. */
  routes: readonly AnyRoute[];
  /** `closed` resolves once the connection is gone. */
  opened?(by: { path: Record<string, string>; principal: Principal }, closed: Promise<void>): void;
}

/** A route whose types have been checked and are of no account any more. */
export type AnyRoute = Omit<Route, 'handle' | 'withoutSecrets'> & {
  withoutSecrets?(answer: never): unknown;
  handle(call: Call<never, never, never>): Promise<Reply<unknown>> | Reply<unknown>;
};

export function defineRoute<
  Path extends z.ZodObject,
  Query extends z.ZodObject,
  Body extends z.ZodType,
  Answer extends z.ZodType,
>(route: Route<Path, Query, Body, Answer>): AnyRoute {
  return route;
}

/** `POST /v1/sessions`: names a route. */
export function operationOf({ method, url }: { method: string; url: string }): string {
  return `${method} ${url}`;
}

/** Whether a repetition with the same key gets the same answer. */
export function takesKeys({ method, changesNothing }: Pick<AnyRoute, 'method' | 'changesNothing'>): boolean {
  return method === 'POST' && !changesNothing;
}

/** Asked by what keeps the process running, and not counted. */
export function isForMachines({ url }: Pick<AnyRoute, 'url'>): boolean {
  return url === '/healthz' || url === '/readyz';
}

/** `/v1/sessions/{session}` as the router writes it. */
export function patternOf(url: string): string {
  return url.replaceAll(/\{(\w+)\}/g, ':$1');
}

/** What the router writes so. */
export function urlOfPattern(pattern: string): string {
  return pattern.replaceAll(/:(\w+)/g, '{$1}');
}
