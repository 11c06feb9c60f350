import { once } from 'node:events';
import { createServer } from 'node:http';
import type { IncomingMessage, RequestListener, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createHttpConnector } from '../../../src/connectors/http';
import type { HttpDependencies } from '../../../src/connectors/http';
import type { HttpAgent } from '../../../src/domain/plan/plan';
import { attemptOf, httpAgent, recordedContext } from './attempt';

const nowMs = Date.parse('Wed, 21 Oct 2026 07:28:00 GMT');
const servers: Server[] = [];

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  servers.push(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function close(server: Server): Promise<void> {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
}

afterEach(() => Promise.all(servers.splice(0).map(close)));

const answer = (status: number, body = '', headers: Record<string, string> = {}) =>
  serve((request, response) => {
    request.resume();
    response.writeHead(status, headers).end(body);
  });

const connector = (changes: Partial<HttpDependencies> = {}) => createHttpConnector({ now: () => nowMs, ...changes });

const runAt = (url: string, changes: Partial<HttpAgent> = {}, context = recordedContext()) =>
  connector().run(attemptOf(httpAgent(url, changes)), context);

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

describe('the request', () => {
  async function received(changes: Partial<HttpAgent> = {}, userinfo = '') {
    const seen: { request: IncomingMessage; body: string }[] = [];
    const url = await serve((request, response: ServerResponse) => {
      void bodyOf(request).then((body) => {
        seen.push({ request, body });
        response.end('{}');
      });
    });
    await runAt(url.replace('//', `//${userinfo}`) + '/write?key=1', changes);
    const [first] = seen;
    if (first === undefined) throw new Error('The server received nothing');
    return first;
  }

  test('is a POST of the attempt as JSON with its idempotency key', async () => {
    const { request, body } = await received();
    expect(request).toMatchObject({ method: 'POST', url: '/write?key=1' });
    expect(request.headers).toMatchObject({
      'content-type': 'application/json',
      'idempotency-key': 'acme/fix-42/research',
      accept: 'application/json',
    });
    expect(JSON.parse(body)).toEqual({
      workspace: 'acme',
      session: 'fix-42',
      task: 'research',
      attempt: 1,
      idempotencyKey: 'acme/fix-42/research',
      prompt: 'Find the cause',
      input: { depth: 2 },
      context: { list: { status: 'succeeded', error: null } },
    });
  });

  test('carries the headers of the plan, which cannot replace the idempotency key', async () => {
    const { request } = await received({
      headers: { Authorization: 'Bearer x', 'IDEMPOTENCY-KEY': 'other', Accept: '*/*' },
    });
    expect(request.headers).toMatchObject({
      authorization: 'Bearer x',
      'idempotency-key': 'acme/fix-42/research',
      accept: '*/*',
    });
  });

  test('uses the user and password of the address', async () => {
    const { request } = await received({}, 'user:pass@');
    expect(request.headers.authorization).toBe(`Basic ${Buffer.from('user:pass').toString('base64')}`);
  });
});

describe('a 2xx answer', () => {
  test('with JSON is the output', async () => {
    expect(await runAt(await answer(201, '{"cause":"é"}'))).toEqual({
      output: { cause: 'é' },
      evidence: [{ kind: 'http-status', says: 'succeeded', detail: 'HTTP 201' }],
    });
  });

  test('without a body is a success without an output', async () => {
    for (const status of [200, 204]) {
      const { output, evidence } = await runAt(await answer(status));
      expect(output).toBeNull();
      expect(evidence.map(({ says }) => says)).toEqual(['succeeded']);
    }
  });

  test('without JSON is evidence for and against success', async () => {
    const { output, evidence, error } = await runAt(await answer(200, '<html>Sign in</html>'));
    expect(output).toBeNull();
    expect(evidence).toEqual([
      { kind: 'http-status', says: 'succeeded', detail: 'HTTP 200' },
      { kind: 'output-format', says: 'failed', detail: 'the answer is not JSON' },
    ]);
    expect(error).toContain('Sign in');
  });

  test('beyond the limit is not cut, and its connection is closed', async () => {
    let closed: Promise<unknown> | undefined;
    const url = await serve((_request, response) => {
      closed = once(response, 'close');
      const writeMore = (): void => void response.write('x'.repeat(1_000), (error) => error ?? setImmediate(writeMore));
      writeMore();
    });
    const limited = connector({ outputLimitBytes: 5_000 });
    const { output, evidence } = await limited.run(attemptOf(httpAgent(url)), recordedContext());
    expect(output).toBeNull();
    expect(evidence).toEqual([{ kind: 'output-size', says: 'failed', detail: 'answer exceeded 5000 bytes' }]);
    await closed;
  });

  test('of exactly the limit is taken', async () => {
    const limited = connector({ outputLimitBytes: 4 });
    const { output } = await limited.run(attemptOf(httpAgent(await answer(200, 'true'))), recordedContext());
    expect(output).toBe(true);
  });
});

describe('another answer', () => {
  test('429 is a limit and waits as long as it is told', async () => {
    const report = await runAt(await answer(429, 'slow down', { 'retry-after': '12' }));
    expect(report).toMatchObject({
      output: null,
      evidence: [{ kind: 'http-status', says: 'rate_limited', detail: 'HTTP 429' }],
      retryable: true,
      retryAfterMs: 12_000,
    });
    expect(report.error).toContain('slow down');
  });

  test('503 is a failure and waits until the date it is told', async () => {
    const report = await runAt(await answer(503, '', { 'retry-after': 'Wed, 21 Oct 2026 07:30:00 GMT' }));
    expect(report).toMatchObject({ evidence: [{ says: 'failed' }], retryable: true, retryAfterMs: 120_000 });
  });

  test.each([
    [400, false],
    [401, false],
    [404, false],
    [408, true],
    [409, false],
    [422, false],
    [425, true],
    [500, true],
    [502, true],
    [504, true],
  ])('%i is a failure; trying again may help: %s', async (status, retryable) => {
    const report = await runAt(await answer(status, '{"output":"no"}'));
    expect(report).toMatchObject({ output: null, evidence: [{ says: 'failed', detail: `HTTP ${status}` }], retryable });
    expect(report).not.toHaveProperty('retryAfterMs');
  });

  test('a redirect is not followed', async () => {
    let visited = false;
    const target = await serve((_request, response) => {
      visited = true;
      response.end('{}');
    });
    const report = await runAt(await answer(307, '', { location: target }));
    expect(report).toMatchObject({ evidence: [{ says: 'failed', detail: 'HTTP 307' }], retryable: false });
    expect(report.error).toContain('Redirects are not followed');
    expect(visited).toBe(false);
  });

  test('a long error is clipped', async () => {
    const { error } = await runAt(await answer(500, 'x\n\u0000'.repeat(100_000)));
    expect(error?.length).toBeLessThan(1_000);
    expect(error).not.toContain('\u0000');
  });
});

describe('a connection', () => {
  test('that is refused is a failure that may pass', async () => {
    const url = await answer(200);
    await close(servers.splice(0)[0] as Server);
    const report = await runAt(url);
    expect(report).toMatchObject({
      output: null,
      evidence: [{ kind: 'connection', says: 'failed', detail: 'ECONNREFUSED' }],
      retryable: true,
    });
    expect(report.error).toContain(`${url}/ (ECONNREFUSED)`);
  });

  test('that breaks in the middle of an answer is no success', async () => {
    const url = await serve((_request, response) => {
      response.writeHead(200, { 'content-length': '100' });
      response.write('{"a":1}', () => response.destroy());
    });
    expect(await runAt(url)).toMatchObject({
      output: null,
      evidence: [{ kind: 'connection', says: 'failed' }],
      retryable: true,
    });
  });

  test('that the server turns into another protocol is no success', async () => {
    const server = createServer();
    servers.push(server);
    server.on('request', (_request, response) => {
      response.socket?.end('HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: other\r\n\r\n');
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const report = await runAt(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    expect(report.evidence).toMatchObject([{ kind: 'connection', says: 'failed' }]);
  });

  test('is closed by an abort, before the answer and in the middle of it', async () => {
    for (const start of ['', '{"a":']) {
      let arrived: (response: ServerResponse) => void = () => undefined;
      const arrival = new Promise<ServerResponse>((resolve) => (arrived = resolve));
      const url = await serve((_request, response) => {
        if (start !== '') response.write(start);
        arrived(response);
      });
      const context = recordedContext();
      const running = runAt(url, {}, context);
      const closed = once(await arrival, 'close');
      context.abort();
      expect((await running).evidence).toMatchObject([{ kind: 'aborted', says: 'failed' }]);
      await closed;
    }
  });

  test('is not opened for an attempt that is aborted before it starts', async () => {
    let visited = false;
    const url = await serve(() => (visited = true));
    const context = recordedContext();
    context.abort();
    expect((await runAt(url, {}, context)).evidence).toMatchObject([{ kind: 'aborted' }]);
    expect(visited).toBe(false);
  });
});

describe('an agent that cannot be asked', () => {
  test.each(['agents.example/write', 'file:///etc/hosts', 'http://', ''])('has the address %j', async (url) => {
    expect(await runAt(url)).toMatchObject({ evidence: [{ kind: 'start', says: 'failed' }], retryable: false });
  });

  test.each([{ authorization: 'a\nb' }, { 'not a token': 'x' }, { 'x-name': 'snow ☃' }])(
    'has the headers %j',
    async (headers) => {
      const report = await runAt(await answer(200, '{}'), { headers: headers });
      expect(report).toMatchObject({ evidence: [{ kind: 'start', says: 'failed' }], retryable: false });
    },
  );
});

test('no error holds what may be secret in an address or a header', async () => {
  const closedUrl = await answer(200);
  await close(servers.splice(0)[0] as Server);
  const urls = [closedUrl, await answer(500), await answer(200, 'text'), await answer(307), await answer(429)];
  for (const url of urls) {
    const { error } = await runAt(`${url.replace('//', '//user:hush@')}/write?token=hush#hush`, {
      headers: { 'x-key': 'hush' },
    });
    expect(error).toContain(`${url}/write`);
    expect(error).not.toContain('hush');
    expect(error).not.toContain('user');
  }
  for (const report of [
    await runAt('ftp://user:hush@host'),
    await runAt(closedUrl, { headers: { 'x-key': 'hush\n' } }),
  ]) {
    expect(report.error).not.toContain('hush');
  }
});

describe('usage', () => {
  test.each<[string, string, Record<string, string>, object | undefined]>([
    ['the output', '{"a":1,"usage":{"tokens":7,"costUsd":0.1}}', {}, { tokens: 7, costUsd: 0.1 }],
    ['a header', '[]', { 'orchestra-usage': '{"inputTokens":2,"outputTokens":3}' }, { tokens: 5, inputTokens: 2 }],
    ['the header before the output', '{"usage":{"tokens":7}}', { 'orchestra-usage': '{"tokens":8}' }, { tokens: 8 }],
  ])('is read from %s', async (_, body, headers, usage) => {
    const report = await runAt(await answer(200, body, headers));
    expect(report.usage).toMatchObject(usage ?? {});
    expect(report.output).toEqual(JSON.parse(body));
  });

  test('of a form that is not ours is part of the output and nothing else', async () => {
    const report = await runAt(await answer(200, '{"usage":{"prompt_tokens":7}}'));
    expect([report.usage, report.evidence.length]).toEqual([undefined, 1]);
  });

  test('is told of an attempt that failed as well', async () => {
    const report = await runAt(await answer(500, '', { 'orchestra-usage': '{"costUsd":0.2}' }));
    expect(report.usage).toEqual({ costUsd: 0.2 });
  });

  test('that is absurd is ignored, and said', async () => {
    const report = await runAt(await answer(200, '{}', { 'orchestra-usage': 'much' }));
    expect(report.usage).toBeUndefined();
    expect(report.evidence).toContainEqual({
      kind: 'usage',
      says: 'nothing',
      detail: '1 usage report ignored: it is no object',
    });
  });
});
