import { createLogger } from '../../../src/telemetry/logger';
import { Writable } from 'node:stream';
import type { FastifyInstance } from 'fastify';
import { buildApi } from '../../../src/api/build-api';
import type { Gateway } from '../../../src/api/gateway';
import { EventHub } from '../../../src/api/live/event-hub';
import type { EventStore } from '../../../src/contracts/ports/event-store';
import type { AgentWorkDependencies } from '../../../src/api/routes/agent-work';
import { WaitingRequests } from '../../../src/api/waiting-requests';
import { OrchestraError } from '../../../src/domain/errors';
import { noAudit } from './no-audit';

let lines: string[];
let missing: string[];
let app: FastifyInstance;

function fail(error: unknown): void {
  throw error;
}

beforeEach(async () => {
  lines = [];
  missing = [];
  const stream = new Writable({
    write: (chunk: Buffer, _, done) => {
      lines.push(chunk.toString());
      done();
    },
  });
  const gateway = {
    recognise: (token: string) =>
      token === 'good'
        ? Promise.resolve({ workspace: 'acme', role: 'viewer', subject: 'token:test' })
        : Promise.reject(new OrchestraError('TOKEN_INVALID', 'The token is not valid.')),
    live: { hub: new EventHub({} as EventStore, fail), heartbeatMs: 1_000, bufferBytes: 1_000, onError: fail },
    clientOf: () => ({ list: () => Promise.resolve([]) }),
    missingServers: () => Promise.resolve(missing),
  } as unknown as Gateway;
  app = await buildApi({
    audit: noAudit,
    gateway,
    work: { forWork: new WaitingRequests(), forCancel: new WaitingRequests() } as AgentWorkDependencies,
    recogniseAgent: () => Promise.reject(new Error('no agent comes')),
    log: createLogger('info', stream),
    onError: fail,
  });
});
afterEach(() => app.close());

const good = { authorization: 'Bearer good' };

it('names requests in answers and in its log, and logs no token', async () => {
  const own = await app.inject({ url: '/v1/sessions', headers: { ...good, 'x-request-id': 'mine-1' } });
  expect([own.statusCode, own.headers['x-request-id']]).toEqual([200, 'mine-1']);
  expect(lines.filter((line) => line.includes('"reqId":"mine-1"')).length).toBeGreaterThan(1);
  expect(lines.join('')).not.toContain('good');
  const refused = await app.inject({ url: '/v1/sessions', headers: { 'x-request-id': 'a b\u00e9' } });
  expect(refused.headers['x-request-id']).toMatch(/^[0-9a-f-]{36}$/);
  expect(refused.json()).toMatchObject({ code: 'TOKEN_INVALID', requestId: refused.headers['x-request-id'] });
  expect(refused.headers['www-authenticate']).toBe('Bearer');
});

it('says whether it is up, and whether it is ready', async () => {
  expect((await app.inject('/healthz')).json()).toEqual({ status: 'ok' });
  expect((await app.inject('/readyz')).statusCode).toBe(200);
  missing = ['Temporal'];
  const answer = await app.inject('/readyz');
  expect([answer.statusCode, answer.headers['retry-after'], answer.json<{ detail: string }>().detail]).toEqual([
    503,
    '1',
    'Temporal cannot be reached.',
  ]);
});

it('shows its document, and a page of it that comes from nowhere else', async () => {
  expect((await app.inject('/')).json<{ detail: string }>().detail).toContain('See /docs for what there is');
  expect((await app.inject('/openapi.json')).json()).toMatchObject({ openapi: '3.1.0' });
  const page = await app.inject('/docs/');
  expect([page.statusCode, page.body.includes('https://')]).toEqual([200, false]);
  expect(page.headers['content-security-policy']).toContain("default-src 'self'");
});

it('reads no body of strangers, and none that is too large', async () => {
  const post = (headers: object, size: number) =>
    app.inject({
      method: 'POST',
      url: '/v1/sessions/s/pause',
      headers: { ...headers, 'content-type': 'application/json' },
      payload: `{"now": ${' '.repeat(size)}true}`,
    });
  expect((await post({}, 2_000_000)).json()).toMatchObject({ code: 'TOKEN_INVALID' });
  expect((await post(good, 10)).json()).toMatchObject({ code: 'TOKEN_FORBIDDEN' });
});

it.each([
  ['GET', '/v1/nothing', 404, 'ROUTE_NOT_FOUND'],
  ['TRACE', '/v1/sessions', 405, 'METHOD_NOT_ALLOWED'],
  ['GET', '/v1/sessions?limit=many', 400, 'USAGE'],
  ['GET', '/v1/sessions?status=none', 400, 'USAGE'],
  ['GET', '/v1/sessions?cursor=%00', 400, 'USAGE'],
  ['GET', '/v1/sessions/%E0%A4%A', 400, 'USAGE'],
  ['GET', `/v1/sessions/${'x'.repeat(300)}`, 400, 'USAGE'],
] as const)('refuses %s %s', async (method, url, status, code) => {
  const answer = await app.inject({ method: method as 'GET', url, headers: good });
  expect([answer.statusCode, answer.json<{ code: string }>().code, answer.headers['content-type']]).toEqual([
    status,
    code,
    'application/problem+json; charset=utf-8',
  ]);
});
