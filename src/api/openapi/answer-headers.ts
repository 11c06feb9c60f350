import { isForMachines } from '../route';
import type { AnyRoute } from '../route';
import type { JsonSchema } from './schema-book';

const text = { schema: { type: 'string' } };

/** What stands in the components of the document, once for all answers. */
export const answerHeaders = {
  'X-Request-Id': { description: 'Of the request: the same in problems and logs.', ...text },
  RateLimit: { description: 'How many more requests there may be, and for how long.', ...text },
  'RateLimit-Policy': { description: 'How many requests there may be a minute, and of whom.', ...text },
  'Retry-After': {
    description: 'Seconds after which the same request may succeed.',
    schema: { type: 'integer', minimum: 0 },
  },
  'WWW-Authenticate': { description: 'How to say who one is.', ...text },
  'Idempotency-Replayed': {
    description: 'The answer is that of an earlier request with the same Idempotency-Key.',
    schema: { type: 'string', const: 'true' },
  },
};

/** Headers that an answer of the route may have, besides those of what it answers. `isRepeatable`: the route takes an Idempotency-Key. */
export function headersOfAnswer(route: AnyRoute, status: number, isRepeatable: boolean): JsonSchema {
  const names: (keyof typeof answerHeaders)[] = [
    'X-Request-Id',
    // Only where requests are limited, and once it is known whose they are.
    ...(isForMachines(route) ? [] : (['RateLimit', 'RateLimit-Policy'] as const)),
    ...(mayPass.has(status) ? (['Retry-After'] as const) : []),
    ...(status === 401 ? (['WWW-Authenticate'] as const) : []),
    // What fails for a moment is not kept.
    ...(isRepeatable && status < 500 ? (['Idempotency-Replayed'] as const) : []),
  ];
  return Object.fromEntries(names.map((name) => [name, { $ref: `#/components/headers/${name}` }]));
}

/** Statuses of errors that may pass by themselves. */
const mayPass: ReadonlySet<number> = new Set([409, 429, 503]);
