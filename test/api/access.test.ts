import { randomBytes } from 'node:crypto';
import { rules } from '../../src/api/permissions';
import { may, roles } from '../../src/domain/access/roles';
import type { Role } from '../../src/domain/access/roles';
import { createAgentToken } from '../../src/main/agent-tokens';
import { createApiToken } from '../../src/main/api-tokens';
import type { RunningApi } from '../../src/main/api';
import { keepDocument } from '../helpers/keep-document';
import { definitionOf } from '../helpers/agent-definitions';
import { openTestInstallation } from '../helpers/servers/test-installation';
import type { TestInstallation } from '../helpers/servers/test-installation';
import { until } from '../helpers/until';
import { ApiClient, document, tokenOf } from './api-client';

let installation: TestInstallation;
let api: RunningApi;
let planted: Planted;
const tokens = new Map<Role, string>();

beforeAll(async () => {
  installation = await openTestInstallation({ ORCHESTRA_SECRET_KEYS: `k1:${randomBytes(32).toString('base64')}` });
  [api] = await Promise.all([installation.startApi(), installation.startWorkers()]);
  for (const role of roles) if (role !== 'agent') tokens.set(role, await tokenOf(installation, role, 'other'));
  await installation.agents.add('other', [definitionOf('spy', { connector: { connector: 'remote' } })]);
  const { token } = await createAgentToken(installation.agentTokens, { workspace: 'other', name: 'spy' }, null);
  tokens.set('agent', token);
  planted = await plant();
});
afterAll(() => installation.close());

/** What is there in the workspace `default`, by the parameter of a path that names it. */
type Planted = Record<string, string>;

const canary = 'canary-3f9c';

async function plant(): Promise<Planted> {
  await installation.agents.add('default', [definitionOf('hidden', { description: canary })]);
  const session = await installation.start(
    `version: 1\nname: walled\ndescription: ${canary}\nagents: { a: { connector: simulated, latency: 10m } }\ntasks: { work: { agent: a } }\n`,
  );
  await until('it runs', async () => (await session.runs())[0]?.status === 'running');
  const { id: memory } = await installation.client.memories.add('hidden', { kind: 'fact', text: canary });
  await installation.workspaces.rename('default', canary, 'test');
  await installation.workspaces.putMember('default', canary, 'user', 'test');
  const { id: token } = await createApiToken(installation.apiTokens, 'default', {
    name: canary,
    role: 'user',
    expiresAt: Date.now() + 3_600_000,
  });
  await installation.alerts.set('default', {
    ...{ name: 'walled', metric: 'success-rate', agent: canary, raiseAt: 0.5, clearAt: 0.6 },
    ...{ raiseAfter: 2, clearAfter: 3, windowMs: 3_600_000 },
  });
  const hidden = { workspace: 'default', name: 'hidden' };
  await createAgentToken(installation.agentTokens, hidden, null);
  const artifact = await keepDocument(installation.pool, 'default', { canary });
  return {
    session: session.id,
    run: 'work',
    agent: 'default%2Fhidden',
    artifact,
    approval: 'a-1',
    memory,
    period: 'day',
    workspace: 'default',
    subject: canary,
    token,
    alert: 'walled',
    recovery: '1',
    plan: 'walled',
    version: (await session.plan()).hash,
  };
}

/** Names in these are for the caller to choose: what they make and take away is in the caller's own workspace. */
const namedByCaller = new Set(['PUT /v1/budgets/{period}', 'PUT /v1/alerts/{alert}', 'DELETE /v1/alerts/{alert}']);

/** A body that the schema of the route takes, so that nothing but the wall refuses it. */
const bodies: Record<string, object> = {
  'POST /v1/agents/{agent}/claim': { claimId: 'c' },
  'POST /v1/agents/{agent}/quarantine': { why: 'because' },
  'POST /v1/agents/{agent}/memories': { text: 'mine' },
  'POST /v1/approvals/{approval}/decision': { answer: 'approved' },
  'POST /v1/sessions/{session}/tasks/{run}/feedback': { rating: 1 },
  'POST /v1/agents/{agent}/recoveries': { action: 'drain' },
  'PUT /v1/agents/{agent}/secrets/{secret}': { value: 'mine' },
  'PUT /v1/alerts/{alert}': { metric: 'queue', raiseAt: 1 },
  'POST /v1/optimisation/apply': { proposals: ['missing'] },
  'POST /v1/outcomes': {
    reports: [{ id: '1', agent: 'default/hidden', verdict: 'failed', type: 'theft', endedAt: 1_000 }],
  },
  'PUT /v1/agents/{agent}': { name: 'hidden', connector: 'remote' },
  'PUT /v1/budgets/{period}': { limits: '1usd' },
  'POST /v1/workspaces': { workspace: 'stolen' },
  'PATCH /v1/workspaces/{workspace}': { title: 'stolen' },
  'PUT /v1/workspaces/{workspace}/members/{subject}': { role: 'admin' },
  'POST /v1/tokens': { name: 'thief', role: 'admin', workspace: 'default' },
  'PATCH /v1/settings': { set: { strategy: 'cheapest' } },
  'PUT /v1/sessions/{session}/plan': { plan: { version: 1, name: 'p', tasks: { t: { agent: 'hidden' } } } },
};

const operations = Object.entries(document.paths).flatMap(([url, methods]) =>
  Object.keys(methods).map((method) => ({
    operation: `${method.toUpperCase()} ${url}`,
    method: method.toUpperCase(),
    url,
  })),
);
const cases = operations.filter(({ operation }) => rules[operation] !== 'anybody');
const pathOf = (url: string): string => url.replaceAll(/\{(\w+)\}/g, (_, name: string) => planted[name] ?? 'missing');

it.each(cases)('$operation takes a token, and one that is known', async ({ method, url, operation }) => {
  const body = method === 'GET' || method === 'DELETE' ? {} : { body: bodies[operation] ?? {} };
  for (const token of [undefined, 'nonsense', `orc_api_${'0'.repeat(12)}_${'x'.repeat(43)}`]) {
    expect(await new ApiClient(api.url, token).send(method, pathOf(url), body)).toMatchObject({
      status: 401,
      body: { code: 'TOKEN_INVALID' },
    });
  }
});

describe.each(roles)('the role %s of another workspace', (role) => {
  it.each(cases)('gets nothing of this one by $operation', async ({ method, url, operation }) => {
    const client = new ApiClient(api.url, tokens.get(role));
    const path = pathOf(url);
    const rule = rules[operation];
    const body = method === 'GET' || method === 'DELETE' ? {} : { body: bodies[operation] ?? {} };
    const answer = await client.send(method, path, body);
    expect(JSON.stringify(answer.body)).not.toContain(canary);
    const isAllowed = rule !== undefined && rule !== 'anybody' && may(role, rule);
    if (!isAllowed) expect(['TOKEN_FORBIDDEN', 'TOKEN_INVALID']).toContain(answer.body?.['code']);
    else if (url.includes('{') && !namedByCaller.has(operation)) expect([400, 403, 404, 422]).toContain(answer.status);
    // Nor does it help to say which workspace is meant.
    const said = await client.send(method, path, { ...body, headers: { 'orchestra-workspace': 'default' } });
    expect(said.status).toBeGreaterThanOrEqual(400);
  });
});

it('leaves everything as it was', async () => {
  const session = installation.client.handle(planted['session'] ?? '');
  expect(await session.overview()).toMatchObject({ status: 'running', turn: expect.any(Number) });
  expect(await installation.agents.find('default', { workspace: 'default', name: 'hidden' })).toMatchObject({
    description: canary,
    revision: 1,
    draining: false,
  });
  expect(await installation.client.memories.list('hidden', 10)).toHaveLength(1);
  expect(await installation.client.budgets.ofWorkspace()).toEqual([]);
  expect(await installation.client.settings.get()).toEqual({});
  expect(await installation.alerts.list('default')).toMatchObject([{ rule: { name: 'walled', agent: canary } }]);
  expect(await installation.agentTokens.list('default', 'hidden')).toHaveLength(1);
  const { rows: reported } = await installation.pool.query('SELECT FROM outcomes WHERE workspace = $1', ['other']);
  expect(reported).toHaveLength(0);
  expect(await installation.workspaces.find('default')).toMatchObject({ title: canary });
  expect(await installation.workspaces.members('default')).toMatchObject([{ subject: canary, role: 'user' }]);
  expect(await installation.apiTokens.list('default')).toMatchObject([{ name: canary, role: 'user' }]);
  expect((await installation.workspaces.list()).map(({ workspace }) => workspace)).not.toContain('stolen');
  const others = installation.clientOf('other');
  expect(await others.settings.get()).toEqual({ strategy: 'cheapest' });
  await session.cancel();
});

it('takes a token that says its own workspace', async () => {
  const client = new ApiClient(api.url, tokens.get('viewer'));
  const { status } = await client.get('/v1/sessions', { 'orchestra-workspace': 'other' });
  expect(status).toBe(200);
});

it('refuses a token that was revoked, and one that has expired', async () => {
  const token = await tokenOf(installation, 'viewer', 'brief');
  const client = new ApiClient(api.url, token);
  expect((await client.get('/v1/sessions')).status).toBe(200);
  const [{ id = '' } = {}] = await installation.apiTokens.list('brief');
  expect(await installation.apiTokens.revoke('default', id)).toBe(false);
  expect(await installation.apiTokens.revoke('brief', id)).toBe(true);
  await until('it is refused', async () => (await client.get('/v1/sessions')).status === 401);
  const late = await tokenOf(installation, 'viewer', 'brief');
  await installation.pool.query(
    `UPDATE api_tokens SET expires_at = now() - interval '1 second' WHERE workspace = 'brief'`,
  );
  expect(await new ApiClient(api.url, late).get('/v1/sessions')).toMatchObject({
    status: 401,
    body: { detail: expect.stringContaining('has expired') },
  });
});
