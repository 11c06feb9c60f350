import fastify from 'fastify';
import { z } from 'zod';
import { openApiDocument } from '../../../src/api/openapi/document';
import { rules } from '../../../src/api/permissions';
import { LimitRequests } from '../../../src/api/limits/limit-requests';
import { registerRoutes } from '../../../src/api/register-routes';
import { defineRoute, operationOf, takesKeys } from '../../../src/api/route';
import { anyObject } from '../../../src/contracts/schemas/api/common';
import { OpenSockets } from '../../../src/api/sockets/accept-sockets';
import { noTracing } from '../../../src/contracts/ports/tracing';
import { readPage } from '../docs/markdown';
import { noAudit } from './no-audit';
import { routes } from './routes';

const document = openApiDocument(routes) as unknown as {
  paths: Record<string, Record<string, { operationId: string; responses: object; parameters?: { name: string }[] }>>;
};
const operations = Object.values(document.paths).flatMap((operations) => Object.values(operations));

test('docs/openapi.json is what the API is: `npm run openapi` writes it', () => {
  expect(JSON.parse(readPage('docs/openapi.json'))).toEqual(JSON.parse(JSON.stringify(document)));
});

test('every route has a rule, and every rule a route', () => {
  expect(routes.map(operationOf).sort()).toEqual(Object.keys(rules).sort());
});

test('a route without a rule is not served', () => {
  const route = defineRoute({
    method: 'GET',
    url: '/v1/new',
    tag: 'New',
    summary: 'New.',
    answer: anyObject,
    handle: () => ({ body: {} }),
  });
  const dependencies = {
    gateway: {} as never,
    recogniseAgent: () => Promise.reject(new Error('nobody')),
    audit: noAudit,
    limits: new LimitRequests(undefined),
    ofBrowser: undefined,
    sockets: new OpenSockets(),
    readJson: () => ({}),
    bodyLimitBytes: 1,
    tracing: noTracing,
    onError: () => undefined,
  };
  expect(() => registerRoutes(fastify(), [route], dependencies)).toThrow('does not say who may GET /v1/new');
});

test('operations have names of their own, and all references lead somewhere', () => {
  const ids = operations.map(({ operationId }) => operationId);
  expect(new Set(ids).size).toBe(ids.length);
  const text = JSON.stringify(document);
  const references = [...text.matchAll(/"\$ref":"#\/components\/schemas\/(\w+)"/g)].map(([, name]) => name);
  expect(references.length).toBeGreaterThan(10);
  const { components } = document as unknown as { components: { schemas: object } };
  expect([...new Set(references)].filter((name) => !Object.hasOwn(components.schemas, name ?? ''))).toEqual([]);
  expect(text).not.toContain('#/$defs/');
  // One that leads to itself says nothing.
  expect(Object.values(components.schemas).filter((schema) => Object.hasOwn(schema as object, '$ref'))).toEqual([]);
});

test('every POST of people takes an Idempotency-Key, but those that only work something out', () => {
  const without = routes
    .filter((route) => takesKeys(route) && rules[operationOf(route)] !== 'work.do')
    .filter(({ url }) => !document.paths[url]?.['post']?.parameters?.some(({ name }) => name === 'Idempotency-Key'));
  expect(without).toEqual([]);
  expect(routes.filter(({ changesNothing }) => changesNothing).map(operationOf)).toEqual([
    'POST /v1/sessions/{session}/plan/preview',
    'POST /v1/audit/verify',
    'POST /codec/decode',
    'POST /codec/encode',
  ]);
  expect(JSON.stringify(document.paths['/codec/decode'])).not.toContain('Idempotency-Key');
});

test('what is shown with an etag is changed and removed with If-Match', () => {
  const shown = routes
    .filter(({ method, answer }) => method === 'GET' && answer instanceof z.ZodObject && 'etag' in answer.shape)
    .map(({ url }) => url);
  expect(shown).toEqual(
    [
      'schedules/{schedule}',
      'webhooks/{webhook}',
      'agents/{agent}',
      'settings',
      'workspaces/{workspace}',
      'alerts/{alert}',
    ].map((path) => `/v1/${path}`),
  );
  const changes = routes.filter(({ method, url }) => method !== 'GET' && shown.includes(url));
  expect(changes.length).toBeGreaterThan(shown.length);
  const without = changes.filter(({ method, url }) => {
    const { parameters = [], responses = {} } = document.paths[url]?.[method.toLowerCase()] ?? {};
    return !parameters.some(({ name }) => name === 'If-Match') || !('412' in responses);
  });
  expect(without.map(operationOf)).toEqual([]);
});

interface TextSchema {
  type?: string;
  pattern?: string;
  items?: TextSchema;
}

test('no text of an address may hold the character NUL, and the document says so', () => {
  const parameters = operations.flatMap((operation) => operation.parameters ?? []) as unknown as {
    in: string;
    schema: TextSchema;
  }[];
  const texts = parameters
    .filter((parameter) => parameter.in !== 'header')
    .map(({ schema }) => (schema.type === 'array' ? schema.items : schema))
    .filter((schema) => schema?.pattern !== undefined);
  expect(texts.length).toBeGreaterThan(100);
  expect(texts.filter((schema) => new RegExp(schema?.pattern ?? '').test('a\0b'))).toEqual([]);
});

test('what makes something leads to all that shows, steers and removes it, by what its answer says', () => {
  const byId = new Map(operations.map((operation) => [operation.operationId, operation]));
  const linked = routes.flatMap((route) =>
    Object.entries(document.paths[route.url]?.[route.method.toLowerCase()]?.responses ?? {}).flatMap(([, answer]) =>
      Object.values((answer as { links?: Record<string, Link> }).links ?? {}).map((link) => ({ route, link })),
    ),
  );
  const makers = new Set(linked.map(({ route }) => operationOf(route)));
  const others = ['POST /v1/agent-imports/card', 'POST /v1/agent-imports/markdown'];
  const making = routes.filter(({ method, statuses }) => method === 'POST' && statuses?.includes(201)).map(operationOf);
  expect(making.filter((one) => !makers.has(one))).toEqual(others);
  expect(linked.length).toBeGreaterThan(40);
  expect(linked.map(({ link }) => link.operationId)).toEqual(
    expect.arrayContaining([
      'getSessionsSession',
      'postSessionsSessionCancel',
      'deleteAgentsAgent',
      'deleteTokensToken',
    ]),
  );
  for (const { route, link } of linked) {
    const parameters = (byId.get(link.operationId)?.parameters ?? []) as { name: string; in?: string }[];
    expect(parameters.filter((one) => one.in === 'path').map(({ name }) => name)).toEqual(Object.keys(link.parameters));
    const fields = Object.keys((route.answer as z.ZodObject).shape);
    for (const from of Object.values(link.parameters)) {
      const [, field] = /^\$response\.body#\/(\w+)$/.exec(from) ?? [];
      if (field === undefined) expect(route.url).toContain(`{${from.replace('$request.path.', '')}}`);
      else expect(fields).toContain(field);
    }
  }
});

interface Link {
  operationId: string;
  parameters: Record<string, string>;
}
