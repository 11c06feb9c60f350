import { randomBytes } from 'node:crypto';
import { temporal } from '@temporalio/proto';
import type { RunningApi } from '../../src/main/api';
import { openTestInstallation } from '../helpers/servers/test-installation';
import type { TestInstallation } from '../helpers/servers/test-installation';
import { ApiClient, tokenOf } from './api-client';

let installation: TestInstallation;
let api: RunningApi;
let user: ApiClient;
const origin = 'https://temporal.example';

beforeAll(async () => {
  installation = await openTestInstallation({
    ORCHESTRA_SECRET_KEYS: `k1:${randomBytes(32).toString('base64')}`,
    ORCHESTRA_PAYLOAD_ENCRYPTION: 'required',
    ORCHESTRA_CODEC_ORIGINS: `${origin}, http://127.0.0.1:8233`,
  });
  api = await installation.startApi();
  user = new ApiClient(api.url, await tokenOf(installation, 'user'));
});
afterAll(() => installation.close());

const base64 = (text: string): string => Buffer.from(text).toString('base64');
const plain = { metadata: { encoding: base64('json/plain') }, data: base64('{"open":"sesame"}') };

/** The first payload of a session's history, as the Web UI gets it from Temporal. */
async function inputOf(session: { workflowId: string }): Promise<unknown> {
  const { events } = await installation.temporal.workflow.getHandle(session.workflowId).fetchHistory();
  const payload = events?.[0]?.workflowExecutionStartedEventAttributes?.input?.payloads?.[0];
  return temporal.api.common.v1.Payload.toObject(temporal.api.common.v1.Payload.fromObject(payload ?? {}), {
    bytes: String,
  });
}

const start = (): Promise<{ workflowId: string; id: string }> =>
  installation.start('version: 1\nname: sealed\nagents: { a: { connector: simulated } }\ntasks: { t: { agent: a } }\n');

test('shows what a session was given in clear, and reveals nothing without being kept', async () => {
  const session = await start();
  const sealed = await inputOf(session);
  const answer = await user.post('/codec/decode', { payloads: [sealed, plain] }, { 'x-request-id': 'decode-1' });
  expect(answer.status).toBe(200);
  const [first, second] = answer.body?.['payloads'] as (typeof plain)[];
  expect(JSON.parse(Buffer.from(first?.data ?? '', 'base64').toString())).toMatchObject({ session: session.id });
  expect(second).toEqual(plain);
  const kept = await installation.audit.list('default', { limit: 100, action: 'POST /codec/decode' });
  expect(kept.some(({ requestId }) => requestId === 'decode-1')).toBe(true);
});

test('what was shown is kept nowhere, also where the request has a key', async () => {
  const canary = `canary${randomBytes(12).toString('hex')}`;
  const admin = new ApiClient(api.url, await tokenOf(installation, 'admin'));
  const payloads = [{ ...plain, data: base64(JSON.stringify({ canary })) }];
  const sealed = (await admin.post('/codec/encode', { payloads })).body;
  const ask = () => user.post('/codec/decode', sealed, { 'idempotency-key': 'decode-once' });
  expect((await ask()).body).toEqual({ payloads });
  const again = await ask();
  expect([again.body, again.headers.get('idempotency-replayed')]).toEqual([{ payloads }, null]);
  const { rows } = await installation.pool.query<{ dump: string }>('SELECT k::text AS dump FROM idempotency_keys AS k');
  const dump = rows.map((row) => row.dump).join();
  expect(dump).not.toContain('decode-once');
  for (const form of [canary, base64(JSON.stringify({ canary }))]) expect(dump).not.toContain(form);
});

test('shows nothing to another workspace, to who may only look, and without a token', async () => {
  const body = { payloads: [await inputOf(await start())] };
  const other = new ApiClient(api.url, await tokenOf(installation, 'admin', 'other'));
  expect(await other.post('/codec/decode', body)).toMatchObject({ status: 403, body: { code: 'TOKEN_FORBIDDEN' } });
  const viewer = new ApiClient(api.url, await tokenOf(installation, 'viewer'));
  expect((await viewer.post('/codec/decode', body)).status).toBe(403);
  expect((await new ApiClient(api.url).post('/codec/decode', body)).status).toBe(401);
});

test('encrypts for administrators, for the workspace of their token', async () => {
  expect((await user.post('/codec/encode', { payloads: [plain] })).status).toBe(403);
  const admin = new ApiClient(api.url, await tokenOf(installation, 'admin'));
  const { body } = await admin.post('/codec/encode', { payloads: [plain] });
  expect(JSON.stringify(body)).not.toContain(plain.data);
  expect((await user.post('/codec/decode', body)).body).toEqual({ payloads: [plain] });
});

test('says what is wrong with payloads that cannot be read', async () => {
  const { metadata } = (await inputOf(await start())) as typeof plain;
  const changed = { payloads: [{ metadata, data: base64('nothing like it') }] };
  expect(await user.post('/codec/decode', changed)).toMatchObject({
    status: 422,
    body: { code: 'PAYLOAD_UNREADABLE' },
  });
  expect((await user.post('/codec/decode', { payloads: [{ data: '§' }] })).status).toBe(400);
});

test('pages of other origins cannot ask', async () => {
  const preflight = (from: string, path = '/codec/decode'): Promise<Response> =>
    fetch(`${api.url}${path}`, {
      method: 'OPTIONS',
      headers: { origin: from, 'access-control-request-method': 'POST' },
    });
  const allowed = await preflight(origin);
  expect([allowed.status, allowed.headers.get('access-control-allow-origin')]).toEqual([204, origin]);
  const refused = await preflight('https://evil.example');
  expect([refused.status, refused.headers.get('access-control-allow-origin')]).toEqual([403, null]);
  const elsewhere = await preflight(origin, '/v1/sessions');
  expect(elsewhere.headers.get('access-control-allow-origin')).toBeNull();
  const { headers } = await user.post('/codec/decode', { payloads: [] }, { origin });
  expect(headers.get('access-control-allow-origin')).toBe(origin);
});
