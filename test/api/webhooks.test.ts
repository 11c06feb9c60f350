import { createHmac } from 'node:crypto';
import { createServer } from 'node:http';
import type { IncomingHttpHeaders, Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { openTestInstallation } from '../helpers/servers/test-installation';
import type { TestInstallation } from '../helpers/servers/test-installation';
import { until } from '../helpers/until';
import { ApiClient, tokenOf } from './api-client';

interface Message {
  headers: IncomingHttpHeaders;
  text: string;
}

let installation: TestInstallation;
let admin: ApiClient;
let user: ApiClient;
let receiver: Server;
let url: string;
let messages: Message[] = [];
let statuses: number[] = [];

beforeAll(async () => {
  installation = await openTestInstallation({
    ORCHESTRA_PRIVATE_WEBHOOKS: 'allow',
    ORCHESTRA_SECRET_KEYS: `k1:${Buffer.alloc(32, 5).toString('base64')}`,
  });
  const [api] = await Promise.all([installation.startApi(), installation.startWorkers()]);
  admin = new ApiClient(api.url, await tokenOf(installation, 'admin'));
  user = new ApiClient(api.url, await tokenOf(installation, 'user'));
  receiver = createServer((request, response) => {
    let text = '';
    request.on('data', (chunk: Buffer) => (text += String(chunk)));
    request.on('end', () => {
      messages.push({ headers: request.headers, text });
      response.writeHead(statuses.shift() ?? 204).end();
    });
  });
  await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/hook`;
});
afterAll(async () => {
  await new Promise((resolve) => receiver.close(resolve));
  await installation.close();
});
beforeEach(() => {
  messages = [];
  statuses = [];
});
afterEach(async () => {
  await installation.pool.query('DELETE FROM webhooks');
});

const run = async (script = 'succeeded'): Promise<string> => {
  const agents = { ada: { connector: 'simulated', latency: '1ms', script: [script] } };
  const tasks = { greet: { agent: 'ada', retry: { attempts: 1 } } };
  const { body } = await user.post('/v1/sessions', { plan: { version: 1, name: 'told', agents, tasks } });
  return String(body?.['id']);
};
const add = async (types: string[], name = 'team'): Promise<string> => {
  const { status, body } = await admin.post('/v1/webhooks', { name, url, types });
  expect([status, body?.['detail']]).toEqual([201, undefined]);
  return String(body?.['secret']);
};
const signature = (secret: string, { headers, text }: Message): string => {
  const key = Buffer.from(secret.slice('whsec_'.length), 'base64');
  const signed = `${String(headers['webhook-id'])}.${String(headers['webhook-timestamp'])}.${text}`;
  return `v1,${createHmac('sha256', key).update(signed).digest('base64')}`;
};
const payloads = (): { type: string; data: Record<string, unknown> }[] =>
  messages.map(({ text }) => JSON.parse(text) as { type: string; data: Record<string, unknown> });

it('keeps no secret for repetitions of the request that made it', async () => {
  const headers = { 'idempotency-key': 'add-a-receiver' };
  const request = { name: 'kept', url, types: ['session-ended'] };
  const added = await admin.post('/v1/webhooks', request, headers);
  expect(added.body?.['secret']).toMatch(/^whsec_/);
  expect((await admin.post('/v1/webhooks', request, headers)).body).toEqual({ ...added.body, secret: null });
  const rotated = await admin.post('/v1/webhooks/kept/rotate', {}, { 'idempotency-key': 'rotate-it' });
  const { rows } = await installation.pool.query<{ dump: string }>('SELECT k::text AS dump FROM idempotency_keys AS k');
  const dump = rows.map((row) => row.dump).join();
  expect(dump).toContain('rotate-it');
  for (const { body } of [added, rotated]) expect(dump).not.toContain(String(body?.['secret']).slice('whsec_'.length));
});

it('tells a receiver of what it wants to hear, once each, signed', async () => {
  const secret = await add(['session-ended', 'task-failed']);
  const id = await run('failed');
  await until('both have come', () => messages.length >= 2);
  expect(payloads()).toEqual(
    expect.arrayContaining([
      expect.objectContaining({ type: 'task-failed', data: expect.objectContaining({ session: id, task: 'greet' }) }),
      expect.objectContaining({
        type: 'session-ended',
        data: expect.objectContaining({ workspace: 'default', session: id, status: 'failed' }),
      }),
    ]),
  );
  for (const message of messages) expect(message.headers['webhook-signature']).toBe(signature(secret, message));
  expect(new Set(messages.map(({ headers }) => headers['webhook-id'])).size).toBe(2);
  const deliveries = async () =>
    (await user.get('/v1/webhooks/team/deliveries')).body?.['deliveries'] as { status: string }[];
  await until('its answers are written down', async () =>
    (await deliveries()).every(({ status }) => status === 'delivered'),
  );
  expect(await deliveries()).toMatchObject([{ tries: 1 }, { tries: 1 }]);
});

it('tries again with the same id, and sends again when it is asked to', async () => {
  await add(['session-ended']);
  statuses = [503];
  await run();
  await until('it was refused', () => messages.length === 1);
  const deliveries = async () =>
    (await user.get('/v1/webhooks/team/deliveries')).body?.['deliveries'] as {
      id: string;
      status: string;
      answer: string;
    }[];
  await until('its answer is written down', async () => (await deliveries())[0]?.answer === 'HTTP 503');
  expect(await deliveries()).toMatchObject([{ status: 'pending', tries: 1 }]);
  const id = String(messages[0]?.headers['webhook-id']);
  const accepted = await admin.post(`/v1/webhooks/team/deliveries/${id}/redeliver`);
  const self = `/v1/webhooks/team/deliveries/${id}`;
  expect([accepted.status, accepted.headers.get('location')]).toEqual([202, self]);
  expect(accepted.body).toMatchObject({ id, links: { self, webhook: '/v1/webhooks/team' } });
  await until('it has come again', async () => (await user.get(self)).body?.['status'] === 'delivered');
  expect((await user.get(self)).body).toEqual((await deliveries())[0]);
  const unknown = await user.get('/v1/webhooks/team/deliveries/msg_none');
  expect(unknown).toMatchObject({ status: 404, body: { code: 'DELIVERY_NOT_FOUND' } });
  expect(messages.map(({ headers }) => headers['webhook-id'])).toEqual([id, id]);
  expect(await admin.post('/v1/webhooks/team/deliveries/msg_none/redeliver')).toMatchObject({
    status: 404,
    body: { code: 'DELIVERY_NOT_FOUND' },
  });
});

it('switches a receiver off that answers 410, and tells it nothing until somebody switches it on', async () => {
  await add(['session-ended']);
  statuses = [410];
  const end = async (id: string): Promise<void> =>
    until('the session has ended', async () => (await user.get(`/v1/sessions/${id}/result`)).status === 200);
  await end(await run());
  await until('it is switched off', async () => (await admin.get('/v1/webhooks/team')).body?.['enabled'] === false);
  await end(await run());
  expect((await admin.send('PATCH', '/v1/webhooks/team', { body: { enabled: true } })).body).toMatchObject({
    enabled: true,
  });
  const last = await run();
  await until('it is told again', () => messages.length === 2);
  expect(payloads()[1]).toMatchObject({ data: { session: last } });
  expect((await user.get('/v1/webhooks/team/deliveries')).body?.['deliveries']).toMatchObject([
    { tries: 1 },
    { status: 'given-up', answer: 'HTTP 410', tries: 1 },
  ]);
});

it('what a process that was killed had taken is sent by another, under the same id', async () => {
  await add(['session-ended']);
  const session = await installation.start(
    'version: 1\nname: p\nagents: { a: { connector: simulated } }\ntasks: { t: { agent: a } }\n',
  );
  await session.result();
  const isDelivered = async (): Promise<boolean> =>
    (await installation.pool.query('SELECT FROM webhook_deliveries WHERE delivered_at IS NOT NULL')).rowCount === 1;
  await until('it is delivered', isDelivered);
  // As it stands when nobody has heard the answer.
  await installation.pool.query(`UPDATE webhook_deliveries SET delivered_at = NULL, next_at = now()`);
  await installation.pool.query(`SELECT pg_notify('orchestra_webhooks', '')`);
  await until('it has come again', () => messages.length === 2);
  expect(new Set(messages.map(({ headers }) => headers['webhook-id'])).size).toBe(1);
});

it('signs with both secrets while one is rotated out', async () => {
  const old = await add(['session-ended']);
  const { body } = await admin.post('/v1/webhooks/team/rotate', { overlap: '1h' });
  expect(body).toMatchObject({ previousUntil: expect.any(String) });
  await run();
  await until('it has come', () => messages.length === 1);
  const [message] = messages;
  if (!message) throw new Error('there is no message');
  const signatures = [signature(String(body?.['secret']), message), signature(old, message)];
  expect(message.headers['webhook-signature']).toBe(signatures.join(' '));
  await admin.post('/v1/webhooks/team/rotate', { overlap: '0ms' });
  await run();
  await until('the next has come', () => messages.length === 2);
  expect(String(messages[1]?.headers['webhook-signature']).split(' ')).toHaveLength(1);
});

it('is told nothing while it is switched off, of other types, and of other workspaces', async () => {
  await add(['session-ended'], 'off');
  await admin.send('PATCH', '/v1/webhooks/off', { body: { enabled: false } });
  await add(['task-failed'], 'failures');
  await run();
  const id = await run('failed');
  await until('the failure has come', () => messages.length === 1);
  expect(payloads()).toMatchObject([{ type: 'task-failed', data: { session: id } }]);
  expect((await user.get('/v1/webhooks/off/deliveries')).body).toEqual({ deliveries: [], next: null });
});

it('is changed and removed, and keeps its secret to itself', async () => {
  const secret = await add(['session-ended']);
  expect(await admin.post('/v1/webhooks', { name: 'team', url, types: ['alert'] })).toMatchObject({
    status: 409,
    body: { code: 'WEBHOOK_EXISTS' },
  });
  const changed = await admin.send('PATCH', '/v1/webhooks/team', { body: { types: ['alert'] } });
  expect(changed.body).toMatchObject({ types: ['alert'], enabled: true, url });
  expect(JSON.stringify((await admin.get('/v1/webhooks')).body)).not.toContain(secret);
  const { rows } = await installation.pool.query<{ row: string }>('SELECT webhooks::text AS row FROM webhooks');
  expect(rows[0]?.row).not.toContain(secret.slice('whsec_'.length));
  expect((await user.post('/v1/webhooks', { name: 'mine', url, types: ['alert'] })).status).toBe(403);
  expect((await admin.send('DELETE', '/v1/webhooks/team')).status).toBe(204);
  expect(await admin.get('/v1/webhooks/team')).toMatchObject({ status: 404, body: { code: 'WEBHOOK_NOT_FOUND' } });
});

it.each([
  [{ url: 'ftp://example.org' }, '/url'],
  [{ url: 'https://ada:secret@example.org' }, '/url'],
  [{ url: 'https://example.org/\0' }, '/url'],
  [{ types: [] }, '/types'],
  [{ types: ['everything'] }, '/types/0'],
  [{ secret: 'hunter2' }, '/secret'],
])('says what is wrong with %j', async (more, pointer) => {
  const { body } = await admin.post('/v1/webhooks', { name: 'wrong', url, types: ['alert'], ...more });
  expect(body).toMatchObject({ code: 'USAGE', errors: [{ pointer }] });
});
