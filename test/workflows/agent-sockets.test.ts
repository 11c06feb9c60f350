import { once } from 'node:events';
import { connect } from 'node:net';
import { WebSocket } from 'ws';
import type { SessionHandle } from '../../src/client/session-handle';
import type { RunningApi } from '../../src/main/api';
import { openTestInstallation } from '../helpers/servers/test-installation';
import type { TestInstallation } from '../helpers/servers/test-installation';
import { until } from '../helpers/until';
import { tokenOf } from '../api/api-client';
import { FrameClient } from './frame-client';
import { registerRemote } from './remote-agent-client';
import type { Answer, RemoteAgentClient } from './remote-agent-client';

let installation: TestInstallation;
let api: RunningApi;

beforeAll(async () => {
  // Nothing here is about leases; a busy machine shall not make it so.
  installation = await openTestInstallation({ ORCHESTRA_LEASE_MS: '60000' });
  [api] = await Promise.all([installation.startApi(), installation.startWorkers()]);
});
afterAll(() => installation.close());

const register = (name: string): Promise<RemoteAgentClient> => registerRemote(installation, api, name);
const start = (task: string) => installation.start(`version: 1\nname: p\ntasks: { work: { ${task} } }\n`);

async function openFor(name: string, url = api.url): Promise<FrameClient> {
  const { token } = await register(name);
  return new FrameClient(url, name, token);
}

async function refusal(token: string, agent = 'guarded', headers = {}): Promise<unknown[]> {
  const { status, body } = (await new FrameClient(api.url, agent, token, headers).open()) as Answer;
  return [status, body['code']];
}

it('lets in only the agent that the address is of, and no page', async () => {
  const { token } = await register('guarded');
  await register('other');
  expect(await refusal('orc_agent_none')).toEqual([401, 'TOKEN_INVALID']);
  expect(await refusal(await tokenOf(installation, 'admin'))).toEqual([401, 'TOKEN_INVALID']);
  expect(await refusal(token, 'other')).toEqual([403, 'TOKEN_FORBIDDEN']);
  expect(await refusal(token, 'guarded', { origin: 'https://page.example' })).toEqual([403, 'TOKEN_FORBIDDEN']);
  expect(await refusal(token, 'guarded', { origin: api.url })).toEqual([403, 'TOKEN_FORBIDDEN']);
});

it('says to those who ask for no socket that there is one', async () => {
  const { token } = await register('plain');
  const headers = { authorization: `Bearer ${token}` };
  const response = await fetch(`${api.url}/v1/agents/plain/socket`, { headers });
  expect([response.status, ((await response.json()) as { code: string }).code]).toEqual([400, 'USAGE']);
});

it('serves whoever only offers another protocol as if they had not, with all of their body', async () => {
  const { token } = await register('upgrading');
  const body = JSON.stringify({ claimId: 'c'.repeat(90), max: 1 });
  const socket = connect(Number(new URL(api.url).port), '127.0.0.1');
  const [head, rest] = [body.slice(0, 20), body.slice(20)];
  socket.write(
    `POST /v1/agents/upgrading/claim HTTP/1.1\r\nHost: x\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQ\r\n` +
      `Authorization: Bearer ${token}\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${head}`,
  );
  setImmediate(() => socket.write(rest));
  let said = '';
  socket.on('data', (data: Buffer) => (said += data.toString()));
  await until('it is answered', () => said.includes('{"work":[]}'));
  expect(said).toMatch(/^HTTP\/1\.1 200 OK/);
  // The same connection takes the next request.
  said = '';
  socket.write('GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n');
  await until('it is answered again', () => said.includes('{"status":"ok"}'));
  socket.destroy();
});

it.each([
  ['no JSON', '{', null, 400, 'USAGE'],
  ['what is binary', Buffer.from('{}'), null, 400, 'USAGE'],
  ['no text', Buffer.from([0x22, 0xff, 0x22]).toString('latin1'), null, 400, 'USAGE'],
  ['nothing', '', null, 400, 'USAGE'],
  ['a list', '[]', null, 400, 'USAGE'],
  ['what is too deep', '['.repeat(300), null, 400, 'USAGE'],
  ['a prototype', '{"id":"a","verb":"claim","body":{"__proto__":{}}}', null, 400, 'USAGE'],
  ['no id', '{"verb":"claim","body":{}}', null, 400, 'USAGE'],
  ['a body with more than there is', '{"id":"a","verb":"claim","body":{"claimId":"c","more":1}}', 'a', 400, 'USAGE'],
  ['an unknown verb', '{"id":"a","verb":"steal","body":{}}', 'a', 404, 'ROUTE_NOT_FOUND'],
  ['a claim without its id', '{"id":"a","verb":"claim","body":{}}', 'a', 400, 'USAGE'],
  ['no body', '{"id":"a","verb":"complete"}', 'a', 400, 'USAGE'],
  [
    'what is too large for its verb',
    `{"id":"a","verb":"claim","body":{"claimId":"${'x'.repeat(1_100_000)}"}}`,
    'a',
    413,
    'REQUEST_TOO_LARGE',
  ],
] as const)('answers %s with a code, and takes what comes then', async (what, frame, id, status, code) => {
  const client = await openFor(`clumsy-${what.replaceAll(' ', '-')}`.toLowerCase());
  expect(await client.say(frame)).toMatchObject({ id, status, body: { code, status } });
  expect(await client.ask('claim', { claimId: 'c' })).toEqual({ status: 200, body: { work: [] } });
});

it('leaves out what an agent of a later version says beside the body, as headers would be', async () => {
  const socket = await (await openFor('newer')).socket();
  const told = once(socket, 'message');
  socket.send(JSON.stringify({ id: 'a', verb: 'claim', body: { claimId: 'c' }, traceparent: ['none'], later: 1 }));
  expect(JSON.parse(String((await told)[0]))).toEqual({ id: 'a', status: 200, body: { work: [] } });
});

it('refuses a second request of the same id', async () => {
  const client = await openFor('twofold');
  void client.ask('claim', { claimId: 'c', waitMs: 60_000 }, 'same');
  const socket = await client.socket();
  const told = once(socket, 'message');
  socket.send(JSON.stringify({ id: 'same', verb: 'claim', body: { claimId: 'd' } }));
  expect(JSON.parse(String((await told)[0]))).toMatchObject({ id: 'same', status: 400, body: { code: 'USAGE' } });
});

it('ends with a frame that is larger than any may be', async () => {
  const socket = await (await openFor('heavy')).socket();
  socket.on('error', () => undefined);
  const closed = once(socket, 'close');
  socket.send('x'.repeat(18 * 1024 * 1024));
  expect((await closed)[0]).toBe(1009);
});

it('takes a result of nearly 16 MiB, and none of another agent', async () => {
  const client = await openFor('large');
  const other = await openFor('thief');
  const session = await start('agent: large');
  const { body } = await client.ask('claim', { claimId: 'c', waitMs: 60_000 });
  const [work] = body['work'] as { workspace: string; task: string; attempt: number; token: number }[];
  if (!work) throw new Error('nothing was claimed');
  const { workspace, task, attempt, token } = work;
  const reference = { workspace, session: session.id, task, attempt, token };
  expect(await other.ask('complete', reference)).toMatchObject({ status: 404, body: { code: 'ATTEMPT_NOT_FOUND' } });
  expect(await client.ask('complete', { ...reference, token: token + 1 })).toMatchObject({
    status: 409,
    body: { code: 'ATTEMPT_SUPERSEDED' },
  });
  const output = 'x'.repeat(15 * 1024 * 1024);
  expect(await client.ask('complete', { ...reference, output })).toEqual({
    status: 200,
    body: { verdict: 'succeeded' },
  });
  expect((await session.result()).status).toBe('succeeded');
});

it('closes once the token was revoked', async () => {
  const client = await openFor('revoked');
  const closed = once(await client.socket(), 'close');
  expect((await client.ask('claim', { claimId: 'c' })).status).toBe(200);
  const [token] = await installation.agentTokens.list('default', 'revoked');
  await installation.agentTokens.revoke('default', token?.id ?? '');
  await until('it is refused', async () => {
    const socket = await client.socket();
    if (socket.readyState !== WebSocket.OPEN) return true;
    // One that closes meanwhile answers no more.
    const answered = client.ask('claim', { claimId: 'd' }).then(({ status }) => status === 401);
    return Promise.race([answered, closed.then(() => true)]);
  });
  expect((await closed)[0]).toBe(1008);
});

it('lets an agent leave a request that waits', async () => {
  const client = await openFor('leaving');
  const waiting = client.ask('claim', { claimId: 'c', waitMs: 60_000 }, 'w');
  (await client.socket()).send(JSON.stringify({ leave: 'w' }));
  expect(await waiting).toEqual({ status: 200, body: { work: [] } });
});

it('reads no more while as many requests are under way as a socket may have', async () => {
  const client = await openFor('eager');
  await client.socket();
  const ended: number[] = [];
  const waiting = Array.from({ length: 64 }, (_, index) =>
    client.ask('claim', { claimId: `c${index}`, waitMs: 60_000 }).then(() => ended.push(index)),
  );
  await Promise.resolve();
  // In frames of their own, which the network may bring together with those before: some are read, and wait nevertheless.
  const beyond = client.ask('heartbeat', { attempts: [] }).then(() => ended.length);
  const session = await start('agent: eager');
  await Promise.race(waiting);
  expect(await beyond).toBeGreaterThan(0);
  await session.cancel();
});

/** Work that is offered to an agent that is there. */
async function offered(name: string): Promise<{ client: FrameClient; again: FrameClient; session: SessionHandle }> {
  const { token } = await register(name);
  const [client, again] = [new FrameClient(api.url, name, token), new FrameClient(api.url, name, token)];
  await client.ask('claim', { claimId: 'hello' });
  const session = await start(`agent: ${name}, retry: { attempts: 1 }`);
  await until('it is offered', async () => {
    const { rowCount } = await installation.pool.query('SELECT FROM remote_work WHERE session = $1', [session.id]);
    return rowCount === 1;
  });
  return { client, again, session };
}

/** A claim whose connection is gone before the database has answered it, which it does once the result is called. */
async function claimAndGo(client: FrameClient, next: FrameClient, session: string): Promise<() => Promise<void>> {
  const holding = await installation.pool.connect();
  await holding.query('BEGIN');
  await holding.query('SELECT FROM leases WHERE session = $1 FOR UPDATE', [session]);
  void client.ask('claim', { claimId: 'lost' });
  await until('the claim waits for the lease', async () => {
    const { rowCount } = await installation.pool.query(
      `SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
    );
    return (rowCount ?? 0) > 0;
  });
  (await client.socket()).terminate();
  // By then the API has heard of the end that came before.
  for (let times = 0; times < 2; times += 1) await next.ask('heartbeat', { attempts: [] });
  return async () => {
    await holding.query('COMMIT');
    holding.release();
  };
}

async function completed(client: FrameClient, { body }: Answer, session: SessionHandle): Promise<void> {
  const [work] = body['work'] as Record<string, unknown>[];
  const { workspace, task, attempt, token } = work ?? {};
  expect(attempt).toBe(1);
  await client.ask('complete', { workspace, session: session.id, task, attempt, token });
  expect((await session.result()).status).toBe('succeeded');
}

it('takes work back that was given to a connection which was gone by then', async () => {
  const { client, again, session } = await offered('hasty');
  const answer = await claimAndGo(client, again, session.id);
  const coming = again.ask('claim', { claimId: 'another', waitMs: 60_000 });
  await answer();
  await completed(again, await coming, session);
});

it('gives it to whoever repeats the claim', async () => {
  const { client, again, session } = await offered('persistent');
  const answer = await claimAndGo(client, again, session.id);
  const coming = again.ask('claim', { claimId: 'lost', waitMs: 60_000, repeated: true });
  await answer();
  await completed(again, await coming, session);
});

it('looks again for what the claim that is repeated may come to, while nobody has noticed that its connection is gone', async () => {
  const { again, session } = await offered('unnoticed');
  const other = await installation.pool.connect();
  // What somebody else is about to take, nobody else is given.
  await other.query('BEGIN');
  await other.query('SELECT FROM remote_work WHERE session = $1 FOR UPDATE', [session.id]);
  const coming = again.ask('claim', { claimId: 'lost', waitMs: 60_000, repeated: true });
  // Once these are answered, it has looked.
  for (let times = 0; times < 2; times += 1) await again.ask('claim', { claimId: `${times}`, repeated: true });
  await other.query(
    `UPDATE leases SET begun_at = now(), holder = 'lost', expires_at = now() + interval '1 minute' WHERE session = $1`,
    [session.id],
  );
  await other.query(`UPDATE remote_work SET claimed_at = now(), delivery = 'nowhere' WHERE session = $1`, [session.id]);
  await other.query('COMMIT');
  other.release();
  await completed(again, await coming, session);
});

it('brings work and cancels at any of several processes', async () => {
  const second = await installation.startApi();
  const client = await openFor('spread', second.url);
  const coming = client.ask('claim', { claimId: 'c', waitMs: 60_000 });
  const session = await start('agent: spread');
  const [work] = (await coming).body['work'] as Record<string, unknown>[];
  const { workspace, task, attempt, token } = work ?? {};
  const reference = { workspace, session: session.id, task, attempt, token };
  const stopped = client.ask('heartbeat', { attempts: [reference], waitMs: 60_000 });
  await session.cancel();
  expect((await stopped).body).toEqual({ stop: [{ ...reference, reason: 'cancelled' }] });
  await client.ask('fail', { ...reference, error: 'stopped' });
  expect((await session.result()).status).toBe('cancelled');
});

it('answers what waits, and says goodbye, when the API stops', async () => {
  const own = await installation.startApi();
  const client = await openFor('polite', own.url);
  const closed = once(await client.socket(), 'close');
  const waiting = client.ask('claim', { claimId: 'c', waitMs: 60_000 });
  // Once this is answered, what was sent before has come.
  await client.ask('heartbeat', { attempts: [] });
  await own.close();
  expect(await waiting).toEqual({ status: 200, body: { work: [] } });
  expect((await closed)[0]).toBe(1001);
});

it('is there as long as its socket is open', async () => {
  const client = await openFor('present');
  await client.socket();
  await until('it is online', async () => {
    const { rowCount } = await installation.pool.query(
      `SELECT FROM agent_presence WHERE agent = 'present' AND is_online`,
    );
    return rowCount === 1;
  });
});
