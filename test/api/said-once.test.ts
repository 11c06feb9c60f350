import { randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createSecretCipher } from '../../src/main/secret-cipher';
import { createAgentSecrets } from '../../src/stores/agent-secrets';
import { createWebhookStore } from '../../src/stores/webhooks';
import { definitionOf } from '../helpers/agent-definitions';
import { openTestInstallation } from '../helpers/servers/test-installation';
import type { TestInstallation } from '../helpers/servers/test-installation';
import { ApiClient, tokenOf } from './api-client';
import { done } from './lost-answers';
import type { Done } from './lost-answers';

// What makes nothing that has a name or an id: said again because its answer was lost, it is said once all the same.

let installation: TestInstallation;
let admin: ApiClient;
let receiver: Server;
let url: string;
let received: string[] = [];

const [oldKey, newKey] = ['old', 'new'].map((id) => ({ id, key: randomBytes(32) })) as [SecretKey, SecretKey];
type SecretKey = { id: string; key: Buffer };

beforeAll(async () => {
  installation = await openTestInstallation({
    ORCHESTRA_PRIVATE_WEBHOOKS: 'allow',
    ORCHESTRA_SECRET_KEYS: [newKey, oldKey].map(({ id, key }) => `${id}:${key.toString('base64')}`).join(','),
  });
  const api = await installation.startApi();
  admin = new ApiClient(api.url, await tokenOf(installation, 'admin'));
  await installation.agents.add('default', [definitionOf('writer')]);
  receiver = createServer((request, response) => {
    received.push(String(request.headers['webhook-id']));
    request.resume().on('end', () => response.writeHead(204).end());
  });
  await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/hook`;
});
afterAll(async () => {
  await new Promise((resolve) => receiver.close(resolve));
  await installation.close();
});
beforeEach(() => void (received = []));
afterEach(() => installation.pool.query('DELETE FROM webhooks'));

const doneBy = (path: string, body?: object): Promise<Done> => done(installation, admin, path, body);
const addReceiver = (): Promise<unknown> =>
  admin.post('/v1/webhooks', { name: 'team', url, types: ['alert', 'session-ended'] });

it('one test of receivers is sent, by who repeats it where nobody has sent it', async () => {
  await addReceiver();
  const { first, again } = await doneBy('/v1/alerts/test');
  const delivered = { webhook: 'team', tries: 1, status: 'delivered', answer: 'HTTP 204' };
  expect(first.body).toEqual({ deliveries: [delivered] });
  expect((await again()).body).toEqual(first.body);
  expect(received).toHaveLength(1);
  // As it stands where the process died before it sent it.
  await installation.pool.query(
    `UPDATE alert_deliveries SET tries = 0, answer = NULL, delivered_at = NULL, next_at = now()`,
  );
  expect((await again()).body).toEqual(first.body);
  expect(received).toEqual([received[0], received[0]]);
  await admin.post('/v1/alerts/test');
  expect([received.length, new Set(received).size]).toEqual([3, 2]);
});

it('a test is of the receivers that there were, also where none is left', async () => {
  await addReceiver();
  const { again } = await doneBy('/v1/alerts/test');
  await admin.send('DELETE', '/v1/webhooks/team');
  expect((await again()).body).toEqual({ deliveries: [] });
  expect(await admin.post('/v1/alerts/test')).toMatchObject({ status: 404, body: { code: 'ALERT_NOT_FOUND' } });
});

it.each([
  ['alert', 'alert_deliveries'],
  ['message', 'webhook_deliveries'],
])('one %s is sent again once', async (kind, table) => {
  await addReceiver();
  const id = kind === 'alert' ? await installation.webhooks.addTest('default') : await addMessage();
  const status = async (): Promise<unknown> => (await admin.get(`/v1/webhooks/team/deliveries/${id}`)).body?.['status'];
  const path = `/v1/webhooks/team/deliveries/${id}/redeliver`;
  const { first, again } = await doneBy(path);
  expect([first.status, await status()]).toEqual([202, 'pending']);
  await installation.pool.query(`UPDATE ${table} SET delivered_at = now()`);
  expect([(await again()).body, await status()]).toEqual([first.body, 'delivered']);
  await admin.post(path);
  expect(await status()).toBe('pending');
});

async function addMessage(): Promise<string> {
  const id = 'msg_of_a_session';
  await installation.pool.query(
    `INSERT INTO webhook_messages (workspace, id, type, at, data) VALUES ('default', $1, 'session-ended', now(), '{}')`,
    [id],
  );
  await installation.pool.query(
    `INSERT INTO webhook_deliveries (workspace, message, webhook, delivered_at) VALUES ('default', $1, 'team', now())`,
    [id],
  );
  return id;
}

it('secrets are encrypted anew once, and as many as there were are told', async () => {
  const before = createSecretCipher(() => [oldKey]);
  const agent = { workspace: 'default', name: 'writer' };
  for (const name of ['A', 'B']) await createAgentSecrets(installation.pool, before).set(agent, name, 'x');
  const webhook = { workspace: 'default', name: 'ops', url, secret: 'whsec_c2VzYW1l' };
  await createWebhookStore(installation.pool, before).set(webhook);
  const { first, again } = await doneBy('/v1/secrets/rotate');
  expect([first.body, (await again()).body]).toEqual([{ rotated: 3 }, { rotated: 3 }]);
  // As it stands where the process died between those of agents and those of receivers.
  await createWebhookStore(installation.pool, before).set(webhook);
  await installation.pool.query(`DELETE FROM request_counts WHERE what = 'secrets of webhooks'`);
  expect((await again()).body).toEqual({ rotated: 3 });
  expect((await admin.post('/v1/secrets/rotate')).body).toEqual({ rotated: 0 });
  expect(await installation.agentSecrets.list(agent)).toEqual([
    { name: 'A', keyId: 'new' },
    { name: 'B', keyId: 'new' },
  ]);
});

it('an alert is acknowledged once, and stays cleared', async () => {
  const body = { metric: 'queue', raiseAt: 100, raiseAfter: 1, clearAfter: 1 };
  await admin.send('PUT', '/v1/alerts/waiting', { body });
  const [rule] = await installation.alerts.list('default');
  const sweep = (at: number, value: number): Promise<unknown> =>
    installation.alerts.judge('default', { id: `sweep ${at}`, at }, new Map([[rule?.id ?? 0, value]]));
  const now = Date.now();
  await sweep(now, 101);
  const path = '/v1/alerts/waiting/acknowledge';
  const { first, again } = await doneBy(path, { note: 'seen' });
  expect(first.body).toMatchObject({ raised: true, acknowledged: { note: 'seen' } });
  expect((await again()).body).toEqual(first.body);
  await sweep(now + 1, 0);
  expect((await again()).body).toMatchObject({ raised: false, acknowledged: null });
  const { events } = (await admin.get('/v1/alerts/history')).body as { events: { type: string; alert: string }[] };
  const types = events.filter(({ alert }) => alert === 'waiting').map(({ type }) => type);
  expect(types.sort()).toEqual(['acknowledged', 'cleared', 'raised']);
  expect(await admin.post(path)).toMatchObject({ status: 409, body: { code: 'ALERT_NOT_RAISED' } });
});

const leak = { why: 'it leaks' };
it.each([
  ['drain', 'drain', {}, 'undrain', {}],
  ['undrain', 'undrain', {}, 'drain', {}],
  ['quarantine', 'quarantine', leak, 'reset', {}],
  ['reset', 'reset', {}, 'quarantine', leak],
  ['recovery by drain', 'recoveries', { action: 'drain' }, 'undrain', {}],
  ['recovery by quarantine', 'recoveries', { action: 'quarantine', ...leak }, 'reset', {}],
])('one %s of an agent is done, which others may have undone since', async (_, verb, body, undoing, undone) => {
  const agent = '/v1/agents/writer';
  const state = async (): Promise<unknown[]> => [
    (await admin.get(agent)).body?.['status'],
    (await admin.get(`${agent}/events`)).body,
  ];
  const undo = (): Promise<unknown> => admin.post(`${agent}/${undoing}`, undone);
  await undo();
  const { first, again } = await doneBy(`${agent}/${verb}`, body);
  expect(first.status).toBe(200);
  const after = await state();
  await again();
  expect(await state()).toEqual(after);
  await undo();
  const since = await state();
  await again();
  expect(await state()).toEqual(since);
  await admin.post(`${agent}/${verb}`, body);
  expect(await state()).not.toEqual(since);
});

it('outcomes are reported once, and as many as were new are told', async () => {
  const endedAt = Date.now() - 60_000;
  const reports = (...ids: string[]): object => ({
    reports: ids.map((id) => ({ id, agent: 'writer', verdict: 'succeeded', type: 'fix', endedAt })),
  });
  await admin.post('/v1/outcomes', reports('known'));
  const { first, again } = await doneBy('/v1/outcomes', reports('known', 'new', 'newer'));
  expect([first.body, (await again()).body]).toEqual([
    { reported: 2, known: 1 },
    { reported: 2, known: 1 },
  ]);
  const other = await admin.post('/v1/outcomes', reports('known', 'new', 'newer'));
  expect(other.body).toEqual({ reported: 0, known: 3 });
});
