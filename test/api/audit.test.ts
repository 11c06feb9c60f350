import { randomBytes } from 'node:crypto';
import { signedText } from '../../src/domain/audit/chain';
import { createAgentToken } from '../../src/main/agent-tokens';
import { auditKeys } from '../../src/main/audit-keys';
import { auditEntry } from '../../src/contracts/schemas/api/audit';
import { auditExportLine } from '../../src/contracts/schemas/api/audit';
import type { AuditEntry } from '../../src/domain/audit/audit-entry';
import type { RunningApi } from '../../src/main/api';
import { definitionOf } from '../helpers/agent-definitions';
import { openTestInstallation } from '../helpers/servers/test-installation';
import type { TestInstallation } from '../helpers/servers/test-installation';
import { until } from '../helpers/until';
import { ApiClient, tokenOf } from './api-client';

const auditKey = { id: 'test', key: randomBytes(32) };
let installation: TestInstallation;
let api: RunningApi;
let admin: ApiClient;
let viewer: ApiClient;

beforeAll(async () => {
  installation = await openTestInstallation({ ORCHESTRA_AUDIT_KEYS: `test:${auditKey.key.toString('base64')}` });
  api = await installation.startApi();
  admin = new ApiClient(api.url, await tokenOf(installation, 'admin'));
  viewer = new ApiClient(api.url, await tokenOf(installation, 'viewer'));
});
afterAll(() => installation.close());

const entries = async (query = ''): Promise<AuditEntry[]> =>
  (await admin.get(`/v1/audit${query}`)).body?.['entries'] as AuditEntry[];

/** The entries of a request, oldest first, once what it came to is there. */
async function ofRequest(id: string, count: number): Promise<AuditEntry[]> {
  let found: AuditEntry[] = [];
  await until(`request ${id} is kept`, async () => {
    found = (await entries('?limit=1000')).filter(({ requestId }) => requestId === id).reverse();
    return found.length >= count;
  });
  return found;
}

test('a change is kept before it begins, and what it came to after', async () => {
  const { headers } = await admin.send('PATCH', '/v1/settings', {
    body: { set: { strategy: 'cheapest' } },
    headers: { 'x-request-id': 'change-1', 'orchestra-reason': 'costs are too high, says %C3%84da' },
  });
  expect(headers.get('x-request-id')).toBe('change-1');
  const [begun, ended, ...more] = await ofRequest('change-1', 2);
  expect(more).toEqual([]);
  expect(begun).toMatchObject({
    actor: expect.stringMatching(/^token:admin\/[0-9a-f]{12}$/),
    role: 'admin',
    action: 'PATCH /v1/settings',
    target: {},
    outcome: 'begun',
    reason: 'costs are too high, says Äda',
    via: 'api',
    source: '127.0.0.1',
    at: expect.stringMatching(/^20.*Z$/),
  });
  expect(ended).toMatchObject({ outcome: 'succeeded', of: begun?.seq });
  const documented = Object.keys(auditEntry.shape);
  expect(Object.keys(begun ?? {}).filter((field) => !documented.includes(field))).toEqual([]);
});

test('what fails says so, and what is refused by a handler is denied', async () => {
  await admin.send('DELETE', '/v1/agents/nobody', { headers: { 'x-request-id': 'fails-1' } });
  expect(await ofRequest('fails-1', 2)).toMatchObject([
    { outcome: 'begun', target: { agent: 'nobody' } },
    { outcome: 'failed', code: 'AGENT_NOT_FOUND' },
  ]);
  const user = new ApiClient(api.url, await tokenOf(installation, 'user'));
  const plan = { version: 1, name: 'own', tasks: { t: { run: ['true'] } } };
  await user.post('/v1/sessions', { plan }, { 'x-request-id': 'denied-1' });
  expect(await ofRequest('denied-1', 2)).toMatchObject([
    { outcome: 'begun' },
    { outcome: 'denied', code: 'TOKEN_FORBIDDEN' },
  ]);
});

test('who is refused is kept, reading as well; who may read is not', async () => {
  await viewer.send('PATCH', '/v1/settings', { body: {}, headers: { 'x-request-id': 'refused-1' } });
  expect(await ofRequest('refused-1', 1)).toMatchObject([
    { outcome: 'denied', code: 'TOKEN_FORBIDDEN', actor: expect.stringMatching(/^token:viewer/), role: 'viewer' },
  ]);
  expect((await viewer.get('/v1/audit', { 'x-request-id': 'refused-2' })).status).toBe(403);
  expect(await ofRequest('refused-2', 1)).toMatchObject([{ outcome: 'denied', action: 'GET /v1/audit' }]);
  expect((await viewer.get('/v1/settings', { 'x-request-id': 'read-1' })).status).toBe(200);
  // Later than the entry that it does not make.
  await viewer.get('/v1/audit', { 'x-request-id': 'refused-3' });
  await ofRequest('refused-3', 1);
  expect(await ofRequest('read-1', 0)).toEqual([]);
});

test('an agent with the token of another is refused in the log of its workspace', async () => {
  await installation.agents.add('default', [definitionOf('spy', { connector: { connector: 'remote' } })]);
  const { token } = await createAgentToken(installation.agentTokens, { workspace: 'default', name: 'spy' }, null);
  await new ApiClient(api.url, token).post('/v1/agents/writer/claim', { claimId: 'c' }, { 'x-request-id': 'spy-1' });
  expect(await ofRequest('spy-1', 1)).toMatchObject([
    { actor: 'agent:spy', outcome: 'denied', target: { agent: 'writer' } },
  ]);
});

test('strangers are kept, without a row for each of a thousand knocks', async () => {
  const stranger = new ApiClient(api.url, `orc_api_${'0'.repeat(12)}_${'x'.repeat(43)}`);
  for (let knock = 0; knock < 20; knock++) await stranger.get('/v1/sessions');
  await until('it is kept', async () => (await entries('?actor=nobody')).length > 0);
  expect(await entries('?actor=nobody')).toMatchObject([
    { outcome: 'denied', code: 'TOKEN_INVALID', source: '127.0.0.1' },
  ]);
  const own = await installation.startApi();
  await new ApiClient(own.url).get('/v1/sessions');
  await new ApiClient(own.url).get('/v1/agents');
  await new ApiClient(own.url).get('/v1/hosts');
  // A process that ends tells of those that it has only counted.
  await own.close();
  const counted = (await entries('?actor=nobody')).find(({ count }) => count === 2);
  expect(counted).toMatchObject({ action: 'GET /v1/hosts' });
});

test('a repetition with the same Idempotency-Key does nothing, and makes no entry', async () => {
  const sent = { body: { text: 'x' }, headers: { 'idempotency-key': 'k-1' } };
  await installation.agents.add('default', [definitionOf('writer')]);
  await admin.send('POST', '/v1/agents/writer/memories', {
    ...sent,
    headers: { ...sent.headers, 'x-request-id': 'once-1' },
  });
  const again = await admin.send('POST', '/v1/agents/writer/memories', {
    ...sent,
    headers: { ...sent.headers, 'x-request-id': 'once-2' },
  });
  expect(again.headers.get('idempotency-replayed')).toBe('true');
  await ofRequest('once-1', 2);
  expect(await ofRequest('once-2', 0)).toEqual([]);
});

test('without an entry, nothing is done', async () => {
  await installation.pool.query('ALTER TABLE audit_log RENAME TO audit_log_away');
  const answer = await admin.send('PATCH', '/v1/settings', { body: { set: { strategy: 'round-robin' } } });
  await installation.pool.query('ALTER TABLE audit_log_away RENAME TO audit_log');
  expect(answer).toMatchObject({ status: 503, body: { detail: expect.stringContaining('nothing was done') } });
  expect(await installation.client.settings.get()).toEqual({ strategy: 'cheapest' });
});

test('is listed in pages, and verified', async () => {
  const { body } = await admin.get('/v1/audit?limit=4');
  const page = body?.['entries'] as AuditEntry[];
  expect(page).toHaveLength(4);
  const rest = await entries(`?limit=1000&cursor=${String(body?.['next'])}`);
  const last = page.at(-1)?.seq ?? 0;
  expect(rest.map(({ seq }) => seq)).toEqual(Array.from({ length: last - 1 }, (_, at) => last - 1 - at));
  const verified = (await admin.get('/v1/audit/verify')).body;
  expect(verified).toMatchObject({ isSound: true, signedTo: verified?.['entries'], isSigned: true, faults: [] });
  expect(verified?.['entries']).toBeGreaterThan(10);
  expect(await entries(`?since=${new Date(Date.now() + 60_000).toISOString()}`)).toEqual([]);
});

test('is exported as the command line does it, to those who may read it', async () => {
  const { status, headers, body } = await admin.get('/v1/audit/export', { 'x-request-id': 'export-1' });
  expect([status, headers.get('content-type')]).toEqual([200, expect.stringMatching(/^application\/x-ndjson/)]);
  const lines = body?.['lines'] as Record<string, unknown>[];
  const printed: unknown[] = [];
  await installation.audit.export('default', (line) => {
    printed.push('entry' in line ? line.entry : line.place);
    return Promise.resolve();
  });
  const entriesIn = (all: unknown[]): unknown[] => all.filter((line) => 'entry' in (line as object));
  // More may have come since.
  expect(entriesIn(printed).slice(0, entriesIn(lines).length)).toEqual(entriesIn(lines));
  expect(entriesIn(lines).length).toBeGreaterThan(10);
  expect(lines[entriesIn(lines).length]).toMatchObject({ kind: 'head', seq: entriesIn(lines).length });
  expect(lines.map((line) => auditExportLine.parse(line))).toEqual(lines);
  expect((await viewer.get('/v1/audit/export')).status).toBe(403);
  expect(await ofRequest('export-1', 2)).toMatchObject([{ action: 'GET /v1/audit/export' }, { outcome: 'succeeded' }]);
});

test('is compared with anchors that were kept outside: what was cut off behind one is noticed', async () => {
  // Anchors are made once a minute, and then.
  await installation.audit.close();
  const { lines } = (await admin.get('/v1/audit/export')).body as { lines: Record<string, unknown>[] };
  const anchors = lines.filter(({ kind }) => kind === 'anchor');
  const verify = async (sent: object[]): Promise<Record<string, unknown> | null> =>
    (await admin.post('/v1/audit/verify', { anchors: sent })).body;
  expect(anchors.length).toBeGreaterThan(0);
  expect(await verify(anchors)).toMatchObject({ isSound: true, faults: [] });
  expect(await verify([{ ...anchors[0], workspace: 'elsewhere' }])).toMatchObject({ isSound: true });
  const later = {
    kind: 'anchor',
    workspace: 'default',
    seq: 100_000,
    hash: '0'.repeat(64),
    at: 0,
    keyId: 'test',
  } as const;
  const signature = auditKeys(() => [auditKey])
    .signer()
    ?.sign(signedText(later));
  expect(await verify([{ ...later, signature }])).toMatchObject({
    isSound: false,
    faults: [{ seq: 100_000, detail: expect.stringContaining('the chain was cut off') }],
  });
  expect(await verify([{ ...later, seq: 99_999, signature }])).toMatchObject({
    isSound: false,
    faults: [{ seq: 99_999, detail: expect.stringContaining('the signature of the anchor') }],
  });
  expect(await verify([{ ...later, signature, hash: 'none' }])).toMatchObject({
    code: 'USAGE',
    errors: [{ pointer: '/anchors/0/hash' }],
  });
  expect((await viewer.post('/v1/audit/verify', { anchors: [] })).status).toBe(403);
});

test('everything: reading is kept too, where that is asked for', async () => {
  const other = await openTestInstallation({ ORCHESTRA_AUDIT: 'everything' });
  try {
    const { url } = await other.startApi();
    const reader = new ApiClient(url, await tokenOf(other, 'viewer'));
    await reader.get('/v1/settings', { 'x-request-id': 'read-2' });
    await other.audit.close();
    const found = await other.audit.list('default', { limit: 10 });
    expect(found.some(({ requestId, action }) => requestId === 'read-2' && action === 'GET /v1/settings')).toBe(true);
  } finally {
    await other.close();
  }
});
