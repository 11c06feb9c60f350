import { lastEventIdPattern } from '../../contracts/schemas/api/event';
import { OrchestraError, errorTable } from '../../domain/errors';
import type { ErrorCode } from '../../domain/errors';
import { idempotencyKeyPattern } from '../idempotent';
import { rules } from '../permissions';
import { problemOf } from '../problem';
import { isForMachines, operationOf, takesKeys } from '../route';
import type { AnyRoute } from '../route';
import { answerHeaders, headersOfAnswer } from './answer-headers';
import { linksFrom } from './links';
import { operationId } from './operation-id';
import { RefusalBook } from './refusal-book';
import { SchemaBook } from './schema-book';
import type { JsonSchema } from './schema-book';
import { problemSchema } from './problem-schema';

/** What the API is, as OpenAPI 3.1, from the routes themselves. */
export function openApiDocument(routes: readonly AnyRoute[]): Record<string, unknown> {
  const schemas = new SchemaBook();
  const refused = new RefusalBook(schemas.of(problemSchema, 'output'));
  const paths: Record<string, Record<string, unknown>> = {};
  for (const route of routes) {
    (paths[route.url] ??= {})[route.method.toLowerCase()] = operation(route, { routes, schemas, refused });
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Agent Orchestra',
      version: '1',
      description: 'Runs teams of AI agents as durable sessions. See docs/api.md for tokens, roles and conventions.',
    },
    security: [{ token: [] }],
    tags: [...new Set(routes.map(({ tag }) => tag))].map((name) => ({ name })),
    paths,
    components: {
      schemas: schemas.named(),
      responses: refused.named(),
      headers: answerHeaders,
      securitySchemes: {
        token: { type: 'http', scheme: 'bearer', description: 'An API token, a token of an agent, or a JWT.' },
      },
    },
  };
}

/** What an operation refers to. */
interface Around {
  routes: readonly AnyRoute[];
  schemas: SchemaBook;
  refused: RefusalBook;
}

function operation(route: AnyRoute, { routes, schemas, refused }: Around): Record<string, unknown> {
  const rule = rules[operationOf(route)];
  const parameters = [
    ...schemas.parameters(route.path, 'path'),
    ...schemas.parameters(route.query, 'query'),
    ...headersOf(route),
  ];
  return {
    operationId: operationId(route),
    tags: [route.tag],
    summary: route.summary,
    ...(route.stream && { 'x-stream': true }),
    ...(route.overSocket && { 'x-websocket': true }),
    ...(rule === 'anybody' ? { security: [] } : { 'x-permission': rule }),
    ...(parameters.length > 0 && { parameters }),
    ...(route.body && {
      requestBody: {
        required: !route.body.safeParse({}).success,
        content: { 'application/json': { schema: schemas.of(route.body, 'input') } },
      },
    }),
    responses: { ...successes(route, routes, schemas), ...refusals(route, refused) },
  };
}

/** Whether people and programs can repeat it under a key. */
function isRepeatable(route: AnyRoute): boolean {
  return takesKeys(route) && rules[operationOf(route)] !== 'work.do';
}

/** Whether a client can keep the answer, and ask whether it still holds. */
function isKept({ method, stream, overSocket }: AnyRoute): boolean {
  return method === 'GET' && !stream && !overSocket;
}

function headersOf(route: AnyRoute): JsonSchema[] {
  const header = (name: string, description: string, pattern?: string): JsonSchema => ({
    name,
    in: 'header',
    required: false,
    description,
    schema: { type: 'string', ...(pattern !== undefined && { pattern }) },
  });
  return [
    ...(isRepeatable(route)
      ? [
          header(
            'Idempotency-Key',
            'Repeating the request with the same key gets the same answer.',
            idempotencyKeyPattern.source,
          ),
        ]
      : []),
    ...(route.errors?.includes('PRECONDITION_FAILED')
      ? [header('If-Match', 'The ETag of what was changed: where it has another by now, nothing is done.')]
      : []),
    ...(isKept(route) ? [header('If-None-Match', 'The ETag of the answer that is known.')] : []),
    ...(route.stream === 'text/event-stream'
      ? [header('Last-Event-ID', 'The id of the last event that is known.', lastEventIdPattern.source)]
      : []),
  ];
}

function successes(route: AnyRoute, routes: readonly AnyRoute[], schemas: SchemaBook): JsonSchema {
  const own = {
    ...(route.method === 'POST' && { Location: { description: 'What was made.', schema: { type: 'string' } } }),
    ...(isKept(route) && { ETag: { schema: { type: 'string' } } }),
  };
  const answer = schemas.of(route.answer, 'output');
  const content = route.stream
    ? { [route.stream]: { schema: route.stream === 'text/event-stream' ? streamedEvent(answer) : jsonLines(answer) } }
    : { 'application/json': { schema: answer } };
  const statuses = (route.statuses ?? [200]).map((status) => [
    status,
    {
      description: route.summary,
      headers: { ...own, ...headersOfAnswer(route, status, isRepeatable(route)) },
      ...(status !== 204 && status !== 101 && { content }),
      ...linksFrom(route, routes),
    },
  ]);
  const unchanged = isKept(route)
    ? [
        [
          304,
          {
            description: 'The answer that is known still holds.',
            headers: { ...own, ...headersOfAnswer(route, 304, false) },
          },
        ],
      ]
    : [];
  return Object.fromEntries([...statuses, ...unchanged]) as JsonSchema;
}

/** One of the events of a stream, as OpenAPI describes them: `data` is JSON, of an event or of the stream itself. */
function streamedEvent(event: JsonSchema): JsonSchema {
  const ofStream = {
    type: 'object',
    properties: { id: { type: 'string' }, reason: { type: 'string' } },
    required: ['id'],
    additionalProperties: false,
  };
  const data = { type: 'string', contentMediaType: 'application/json', contentSchema: { anyOf: [event, ofStream] } };
  return {
    type: 'object',
    properties: { id: { type: 'string' }, event: { type: 'string' }, retry: { type: 'integer' }, data },
    required: ['id', 'event', 'data'],
  };
}

function jsonLines(line: JsonSchema): JsonSchema {
  return { type: 'string', description: 'Lines of JSON.', contentMediaType: 'application/json', contentSchema: line };
}

/** By status, with the codes that come with it. */
function refusals(route: AnyRoute, refused: RefusalBook): JsonSchema {
  const byStatus = new Map<number, ErrorCode[]>();
  for (const code of [...new Set(errorsOf(route))]) {
    const { status } = problemOf(new OrchestraError(code, ''), '');
    byStatus.set(status, [...(byStatus.get(status) ?? []), code]);
  }
  return Object.fromEntries(
    [...byStatus].map(([status, codes]) => [
      status,
      refused.of(codes, headersOfAnswer(route, status, isRepeatable(route))),
    ]),
  );
}

function errorsOf(route: AnyRoute): ErrorCode[] {
  const isOpen = rules[operationOf(route)] === 'anybody';
  const codes: ErrorCode[] = [
    'USAGE',
    ...(isOpen ? [] : (['TOKEN_INVALID', 'TOKEN_FORBIDDEN'] as const)),
    ...(route.body ? (['REQUEST_TOO_LARGE'] as const) : []),
    ...(isRepeatable(route) ? (['IDEMPOTENCY_KEY_BUSY', 'IDEMPOTENCY_KEY_REUSED'] as const) : []),
    ...(route.errors ?? []),
    ...(isForMachines(route) ? [] : (['RATE_LIMITED'] as const)),
    'INTERNAL',
    'SERVER_UNAVAILABLE',
  ];
  return codes.sort((left, right) => errorTable[left].httpStatus - errorTable[right].httpStatus);
}
