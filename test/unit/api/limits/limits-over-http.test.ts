import type { FastifyInstance } from 'fastify';
import { createAuditTrail } from '../../../../src/api/audit-trail';
import { buildApi } from '../../../../src/api/build-api';
import type { FrontSettings } from '../../../../src/api/build-api';
import type { Gateway } from '../../../../src/api/gateway';
import { openApiDocument } from '../../../../src/api/openapi/document';
import { RequestLimiter } from '../../../../src/api/limits/request-limiter';
import type { AgentWorkDependencies } from '../../../../src/api/routes/agent-work';
import { WaitingRequests } from '../../../../src/api/waiting-requests';
import type { RequestLimits } from '../../../../src/domain/access/request-limits';
import type { AuditAction } from '../../../../src/domain/audit/audit-entry';
import { createLogger } from '../../../../src/telemetry/logger';
import { OrchestraError } from '../../../../src/domain/errors';
import { createClient } from '../../../../src/sdk/http';
import { noAudit } from '../no-audit';
import { routes } from '../routes';

let recognised: string[];
let app: FastifyInstance | undefined;
let limiter: RequestLimiter | undefined;
beforeEach(() => (recognised = []));
afterEach(async () => {
  await app?.close();
  await limiter?.close();
});

const principals: Record<string, { workspace: string; role: 'viewer'; subject: string }> = {
  ada: { workspace: 'acme', role: 'viewer', subject: 'token:ada' },
  bob: { workspace: 'acme', role: 'viewer', subject: 'token:bob' },
  eve: { workspace: 'other', role: 'viewer', subject: 'token:ada' },
};

async function open(
  limits: Partial<RequestLimits>,
  front: Partial<FrontSettings> = {},
  audit = noAudit,
): Promise<FastifyInstance> {
  const invalid = new OrchestraError('TOKEN_INVALID', 'The token is not valid.');
  const gateway = {
    recognise: (token: string) => {
      recognised.push(token);
      const principal = principals[token];
      return principal ? Promise.resolve(principal) : Promise.reject(invalid);
    },
    live: { hub: { close: () => undefined } },
    clientOf: () => ({ list: () => Promise.resolve([]) }),
    missingServers: () => Promise.resolve([]),
  } as unknown as Gateway;
  limiter = new RequestLimiter({
    limits: { user: 1_000, address: 1_000, workspace: 1_000, logins: 1_000, ...limits },
    store: { settle: () => Promise.reject(new Error('each process counts for itself here')) },
    now: () => 0,
    onError: () => undefined,
  });
  app = await buildApi({
    audit,
    gateway,
    work: { forWork: new WaitingRequests(), forCancel: new WaitingRequests() } as AgentWorkDependencies,
    recogniseAgent: () => Promise.reject(invalid),
    limiter,
    front: { corsOrigins: [], trustedProxies: [], ...front },
    login: undefined,
    log: createLogger('silent', process.stderr),
    onError: (error) => {
      throw error;
    },
  });
  return app;
}

const get = async (api: FastifyInstance, token?: string, headers: object = {}, url = '/v1/sessions') =>
  api.inject({ url, headers: { ...(token !== undefined && { authorization: `Bearer ${token}` }), ...headers } });
const statuses = async (times: number, send: () => Promise<{ statusCode: number }>): Promise<number[]> => {
  const seen: number[] = [];
  for (let index = 0; index < times; index += 1) seen.push((await send()).statusCode);
  return seen;
};

it('counts each user, and says when to come again', async () => {
  const api = await open({ user: 2 });
  expect((await get(api, 'ada')).headers).toMatchObject({
    'ratelimit-policy': '"user";q=2;w=60',
    ratelimit: '"user";r=1;t=30',
  });
  expect((await get(api, 'ada')).statusCode).toBe(200);
  const refused = await get(api, 'ada');
  expect(refused.headers).toMatchObject({ 'retry-after': '30', ratelimit: '"user";r=0;t=60' });
  expect(refused.headers['content-type']).toContain('application/problem+json');
  expect(refused.json()).toMatchObject({
    status: 429,
    code: 'RATE_LIMITED',
    retryable: true,
    detail: expect.stringContaining('30 s'),
  });
  expect((await get(api, 'bob')).statusCode).toBe(200);
  expect((await get(api, 'eve')).statusCode).toBe(200);
});

it('counts all users of a workspace together, and shows the limit that is nearest', async () => {
  const api = await open({ workspace: 3 });
  expect(await statuses(2, () => get(api, 'ada'))).toEqual([200, 200]);
  expect((await get(api, 'bob')).headers['ratelimit']).toBe('"workspace";r=0;t=60');
  expect(await statuses(1, () => get(api, 'bob'))).toEqual([429]);
  expect(await statuses(1, () => get(api, 'eve'))).toEqual([200]);
});

it('counts addresses before it looks at tokens, and never those who ask whether it is up', async () => {
  const api = await open({ address: 2 });
  expect(await statuses(3, () => get(api, 'ada'))).toEqual([200, 200, 429]);
  expect(recognised).toHaveLength(2);
  expect(await statuses(2, () => get(api, undefined, {}, '/healthz'))).toEqual([200, 200]);
  expect(await statuses(1, () => get(api, undefined, {}, '/nowhere'))).toEqual([429]);
  expect(await statuses(1, () => get(api, undefined, {}, '/docs/'))).toEqual([429]);
});

it('looks up no more tokens for an address that guesses, and lets those in that it knows', async () => {
  const api = await open({ logins: 3 });
  expect((await get(api, 'ada')).statusCode).toBe(200);
  let guess = 0;
  const statusesOfGuesses = await statuses(5, () => get(api, `guess-${(guess += 1)}`));
  expect(statusesOfGuesses).toEqual([401, 401, 401, 429, 429]);
  expect(recognised).toEqual(['ada', 'guess-1', 'guess-2', 'guess-3']);
  expect((await get(api, 'bob')).statusCode).toBe(429);
  expect((await get(api, 'ada')).statusCode).toBe(200);
  expect((await get(api, undefined)).statusCode).toBe(401);
});

it('believes what a proxy says of addresses only where it is trusted', async () => {
  const from = (address: string) => ({ 'x-forwarded-for': address });
  const open1 = await open({ address: 1 });
  expect([
    (await get(open1, 'ada', from('1.1.1.1'))).statusCode,
    (await get(open1, 'ada', from('2.2.2.2'))).statusCode,
  ]).toEqual([200, 429]);
  await open1.close();
  const open2 = await open({ address: 1 }, { trustedProxies: ['127.0.0.0/8'] });
  expect([
    (await get(open2, 'ada', from('1.1.1.1'))).statusCode,
    (await get(open2, 'ada', from('2.2.2.2'))).statusCode,
  ]).toEqual([200, 200]);
  expect((await get(open2, 'ada', from('9.9.9.9, 2.2.2.2'))).statusCode).toBe(429);
});

describe('pages of other origins', () => {
  const preflight = (api: FastifyInstance, origin: string) =>
    api.inject({
      method: 'OPTIONS',
      url: '/v1/sessions',
      headers: { origin, 'access-control-request-method': 'POST', 'access-control-request-headers': 'authorization' },
    });

  it('are told nothing that lets them in, where none is named', async () => {
    const api = await open({});
    const { headers } = await get(api, 'ada', { origin: 'https://evil.example' });
    expect(Object.keys(headers).filter((name) => name.startsWith('access-control'))).toEqual([]);
    expect((await preflight(api, 'https://evil.example')).statusCode).toBe(404);
  });

  it.each([
    'https://evil.example',
    'https://app.example.com.evil.example',
    'http://app.example.com',
    'null',
    'https://app.example.com:8443',
  ])('are not let in as %s, which is not on the list', async (origin) => {
    const api = await open({}, { corsOrigins: ['https://app.example.com', 'http://localhost:5173'] });
    for (const { headers } of [await get(api, 'ada', { origin }), await preflight(api, origin)]) {
      expect(headers['access-control-allow-origin']).toBeUndefined();
    }
  });

  it('are let in where they are on the list, without cookies', async () => {
    const api = await open({}, { corsOrigins: ['https://app.example.com'] });
    const origin = 'https://app.example.com';
    const asked = await preflight(api, origin);
    expect([asked.statusCode, asked.headers['access-control-allow-origin']]).toEqual([204, origin]);
    expect(asked.headers['access-control-allow-headers']).toContain('idempotency-key');
    const { headers } = await get(api, 'ada', { origin });
    expect([
      headers['access-control-allow-origin'],
      headers['access-control-allow-credentials'],
      headers['vary'],
    ]).toEqual([origin, undefined, 'Origin']);
    expect(headers['access-control-expose-headers']).toContain('retry-after');
  });

  it('may send every header that the client sends, that an operation has, and that the documentation names', async () => {
    const documented = routes.flatMap((route) => headerNames(openApiDocument([route])));
    expect(documented).toContain('if-none-match');
    const sent = await headersOfClient();
    expect(sent).toEqual(
      expect.arrayContaining(['authorization', 'idempotency-key', 'if-match', 'orchestra-workspace']),
    );
    const api = await open({}, { corsOrigins: ['https://app.example.com'] });
    for (const name of new Set([...documented, ...sent, 'orchestra-reason', 'traceparent', 'x-request-id'])) {
      const { headers } = await api.inject({
        method: 'OPTIONS',
        url: '/v1/sessions',
        headers: {
          origin: 'https://app.example.com',
          'access-control-request-method': 'POST',
          'access-control-request-headers': name,
        },
      });
      // As a browser compares them; `accept` needs no leave.
      expect([...String(headers['access-control-allow-headers']).split(/, */), 'accept']).toContain(name);
    }
  });
});

/** Names of the headers that operations take, by the document. */
function headerNames({ paths }: Record<string, unknown>): string[] {
  const operations = Object.values(paths as Record<string, Record<string, { parameters?: Parameter[] }>>);
  return operations
    .flatMap((byMethod) => Object.values(byMethod))
    .flatMap(({ parameters = [] }) =>
      parameters.filter((one) => one.in === 'header').map(({ name }) => name.toLowerCase()),
    );
}
interface Parameter {
  in: string;
  name: string;
}

/** What a page's client sends with each kind of call. */
async function headersOfClient(): Promise<string[]> {
  const names = new Set<string>();
  let isAsked = (): void => undefined;
  const asked = new Promise<void>((resolve) => (isAsked = resolve));
  const client = createClient({
    apiUrl: 'https://orchestra.example',
    token: 'ada',
    workspace: 'acme',
    retries: 0,
    fetch: (url, { headers }) => {
      for (const name of new Headers(headers).keys()) names.add(name);
      if (url.includes('/v1/events')) isAsked();
      return Promise.resolve(new Response('{}', { headers: { 'content-type': 'application/json' } }));
    },
  });
  await client.settings.change({ set: {} }, { ifMatch: 'one' });
  await client.agents.drain('writer');
  const abandoned = client
    .events()
    .next()
    .catch(() => undefined);
  await asked;
  await client.close();
  await abandoned;
  return [...names];
}

interface Described {
  headers?: object;
}

it('describes the headers that it sends, whatever it answers', async () => {
  const { paths, components } = openApiDocument(routes) as unknown as {
    paths: Record<string, { get: { responses: Record<string, Described & { $ref?: string }> } }>;
    components: { responses: Record<string, Described> };
  };
  const describedOf = (status: number): string[] => {
    const answer = paths['/v1/sessions']?.get.responses[status];
    const { headers = {} } = components.responses[answer?.$ref?.split('/').at(-1) ?? ''] ?? answer ?? {};
    return Object.keys(headers).map((name) => name.toLowerCase());
  };
  const api = await open({ user: 2 });
  const first = await get(api, 'ada');
  const etag = String(first.headers['etag']);
  const answers = [
    first,
    await get(api, 'ada', { 'if-none-match': etag }),
    await get(api, 'ada'),
    await get(api, 'nobody'),
  ];
  expect(answers.map(({ statusCode }) => statusCode)).toEqual([200, 304, 429, 401]);
  // Of HTTP itself.
  const usual = [
    'cache-control',
    'connection',
    'content-length',
    'content-type',
    'date',
    'vary',
    'x-content-type-options',
  ];
  for (const { statusCode, headers } of answers) {
    const known = new Set([...usual, ...describedOf(statusCode)]);
    expect([statusCode, Object.keys(headers).filter((name) => !known.has(name))]).toEqual([statusCode, []]);
  }
  expect(answers[2]?.headers['retry-after']).toBeDefined();
});

describe('the audit log of a flood', () => {
  let kept: [string, AuditAction][];
  const trail = () => {
    kept = [];
    return createAuditTrail({
      log: { append: (workspace, action) => Promise.resolve(kept.push([workspace, action])) },
      scope: 'changes',
      homeWorkspace: 'home',
      now: () => 0,
      onError: (error) => {
        throw error;
      },
    });
  };

  it('has the first refusal of each user in the log of their workspace, and the others as a number', async () => {
    const api = await open({ user: 2 }, {}, trail());
    await statuses(50, () => get(api, 'ada'));
    await statuses(10, () => get(api, 'eve'));
    const refused = { role: 'viewer', action: 'GET /v1/sessions', outcome: 'denied', code: 'RATE_LIMITED' };
    expect(kept).toMatchObject([
      ['acme', { ...refused, actor: 'token:ada', source: '127.0.0.1' }],
      ['other', { ...refused, actor: 'token:ada' }],
    ]);
    expect(kept.filter(([, { count }]) => count !== undefined)).toEqual([]);
    await api.close();
    expect(kept.slice(2)).toMatchObject([
      ['acme', { ...refused, count: 47 }],
      ['other', { ...refused, count: 7 }],
    ]);
  });

  it('has that of an address in the log of the installation, without what was looked for', async () => {
    const api = await open({ address: 3 }, {}, trail());
    expect(await statuses(3, () => get(api, 'ada'))).toEqual([200, 200, 200]);
    await get(api, 'ada', {}, '/v1/sessions/s');
    await get(api, 'ada', {}, '/no-such-place');
    await api.close();
    const refused = { actor: 'nobody', outcome: 'denied', code: 'RATE_LIMITED', source: '127.0.0.1' };
    expect(kept).toMatchObject([
      ['home', { ...refused, action: 'GET /v1/sessions/{session}', target: { session: 's' } }],
      ['home', { ...refused, action: 'GET *', target: {}, count: 1 }],
    ]);
  });

  it('has those who guess tokens too often', async () => {
    const api = await open({ logins: 2 }, {}, trail());
    expect(await statuses(5, () => get(api, 'guess'))).toEqual([401, 401, 429, 429, 429]);
    await api.close();
    expect(kept.map(([workspace, { code, count }]) => [workspace, code, count])).toEqual([
      ['home', 'TOKEN_INVALID', undefined],
      ['home', 'RATE_LIMITED', undefined],
      ['home', 'TOKEN_INVALID', 1],
      ['home', 'RATE_LIMITED', 2],
    ]);
  });
});
