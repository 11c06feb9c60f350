import cors from '@fastify/cors';
import type { FastifyInstance } from 'fastify';

/** What pages may read of an answer, besides its body. */
const exposed = [
  'etag',
  'idempotency-replayed',
  'location',
  'ratelimit',
  'ratelimit-policy',
  'retry-after',
  'x-request-id',
];

/** What pages may send: all that the client sends and that the API reads. */
const allowed = [
  'authorization',
  'content-type',
  'idempotency-key',
  'if-match',
  'if-none-match',
  'last-event-id',
  'orchestra-reason',
  'orchestra-workspace',
  'traceparent',
  'x-request-id',
];

/** Browsers ask again after this long. */
const preflightSeconds = 600;

/** Lets pages of these origins use the API with tokens; never with cookies, which are for the API's own pages. */
export async function allowOrigins(app: FastifyInstance, origins: readonly string[]): Promise<void> {
  if (origins.length === 0) return;
  await app.register(cors, {
    origin: [...origins],
    methods: ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'],
    allowedHeaders: allowed,
    exposedHeaders: exposed,
    credentials: false,
    maxAge: preflightSeconds,
  });
}
