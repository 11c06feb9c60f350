import { randomBytes } from 'node:crypto';
import { rules } from '../../src/api/permissions';
import { may, roles } from '../../src/domain/access/roles';
import type { Role } from '../../src/domain/access/roles';
import { createAgentToken } from '../../src/main/agent-tokens';
import type { RunningApi } from '../../src/main/api';
import { createProposalStore } from '../../src/stores/proposals';
import { definitionOf } from '../helpers/agent-definitions';
import { openTestInstallation } from '../helpers/servers/test-installation';
import type { TestInstallation } from '../helpers/servers/test-installation';
import { until } from '../helpers/until';
import { ApiClient, document, tokenOf } from './api-client';
import type { Sent } from './api-client';
import { canary, openProposal, plant } from './planted';
import type { Planted } from './planted';

let installation: TestInstallation;
let api: RunningApi;
/** The same for an installation whose home is the workspace of the callers: its admins administer it. */
let apiAtHome: RunningApi;
let planted: Planted;
/** Of the workspace in which everything is planted. */
let owner: ApiClient;
const tokens = new Map<Role, string>();

beforeAll(async () => {
  installation = await openTestInstallation({ ORCHESTRA_SECRET_KEYS: `k1:${randomBytes(32).toString('base64')}` });
  [api] = await Promise.all([installation.startApi(), installation.startWorkers()]);
  apiAtHome = await installation.startApi(0, 'other');
  for (const role of roles) if (role !== 'agent') tokens.set(role, await tokenOf(installation, role, 'other'));
  await installation.agents.add('other', [definitionOf('spy', { connector: { connector: 'remote' } })]);
  const { token } = await createAgentToken(installation.agentTokens, { workspace: 'other', name: 'spy' }, null);
  tokens.set('agent', token);
  planted = await plant(installation);
  owner = new ApiClient(api.url, await tokenOf(installation, 'admin'));
});
// Alerts of a name are the caller's own.
afterEach(async () => {
  for (const { rule } of await installation.alerts.list('other')) await installation.alerts.remove('other', rule.name);
});
afterAll(async () => {
  // All tests share a server.
  await installation.client.schedules.remove(planted['schedule'] ?? '').catch(() => undefined);
  await installation.close();
});

/** Names in these are for the caller to choose: what they make is in the caller's own workspace. */
const namedByCaller = new Set(['PUT /v1/budgets/{period}', 'PUT /v1/alerts/{alert}']);

const simulated = { version: 1, name: 'p', agents: { a: { connector: 'simulated' } }, tasks: { t: { agent: 'a' } } };

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
  'POST /v1/optimisation/apply': { proposals: [openProposal] },
  'PUT /v1/schedules/{schedule}': { plan: simulated, cron: '@daily' },
  'POST /v1/schedules/{schedule}/backfill': { from: '2020-01-05T00:00:00Z', to: '2020-01-06T00:00:00Z' },
  'PATCH /v1/webhooks/{webhook}': { url: 'https://thief.invalid/' },
  'POST /v1/outcomes': {
    reports: [{ id: '1', agent: 'default/hidden', verdict: 'failed', type: 'theft', endedAt: 1_000 }],
  },
  'PUT /v1/agents/{agent}': { name: 'hidden', connector: 'remote' },
  'PUT /v1/agents/{agent}/card': {
    card: {
      ...{ name: 'hidden', description: 'stolen', skills: [{ id: 'steal', name: 'Steal', description: '', tags: [] }] },
      supportedInterfaces: [{ url: 'https://thief.invalid/', protocolBinding: 'JSONRPC', protocolVersion: '1.0' }],
    },
  },
  'PUT /v1/budgets/{period}': { limits: '1usd' },
  'POST /v1/workspaces': { workspace: 'stolen' },
  'PATCH /v1/workspaces/{workspace}': { title: 'stolen' },
  'PUT /v1/workspaces/{workspace}/members/{subject}': { role: 'admin' },
  'POST /v1/tokens': { name: 'thief', role: 'admin', workspace: 'default' },
  'PATCH /v1/settings': { set: { strategy: 'cheapest' } },
  'PUT /v1/sessions/{session}/plan': { plan: simulated },
  'POST /v1/sessions/{session}/plan/preview': { plan: simulated },
};

const operations = Object.entries(document.paths).flatMap(([url, methods]) =>
  Object.keys(methods).map((method) => ({
    operation: `${method.toUpperCase()} ${url}`,
    method: method.toUpperCase(),
    url,
  })),
);
const cases = operations.filter(({ operation }) => rules[operation] !== 'anybody');

/** Parameters of the path, by what is planted for them: tokens of agents are other ones than those of programs. */
const namesIn = (url: string): string[] =>
  [...url.matchAll(/\{(\w+)\}/g)].map(([, name = '']) =>
    name === 'token' && url.startsWith('/v1/agents/') ? 'agentToken' : name,
  );

const pathOf = (url: string): string => {
  const names = namesIn(url);
  return url.replaceAll(/\{\w+\}/g, () => {
    const name = names.shift() ?? '';
    const id = planted[name];
    if (id === undefined) throw new Error(`nothing is planted for {${name}} of ${url}`);
    return encodeURIComponent(id);
  });
};

/** By each of the names that an agent has for other workspaces. A definition keeps the name of its agent, which is the short one. */
const pathsOf = ({ url, operation }: { url: string; operation: string }): string[] => {
  const path = pathOf(url);
  const isShort = !url.startsWith('/v1/agents/{agent}') || operation === 'PUT /v1/agents/{agent}';
  return isShort ? [path] : [path, path.replace('/v1/agents/', '/v1/agents/default%2F')];
};

const requestOf = ({ method, operation }: { method: string; operation: string }): Sent => ({
  ...(method !== 'GET' && method !== 'DELETE' && { body: bodies[operation] ?? {} }),
  // Whoever edits a plan says which one they read.
  ...(operation === 'PUT /v1/sessions/{session}/plan' && { headers: { 'if-match': `"${planted['version']}"` } }),
});

it.each([...new Set(cases.flatMap(({ url }) => namesIn(url)))])('there is something for {%s}', (name) => {
  expect(planted[name]).toEqual(expect.stringMatching(/./));
});

/** Requests of people and programs for what a path names. */
const ofSomething = cases.filter(({ url, operation }) => url.includes('{') && rules[operation] !== 'work.do');

it.each(ofSomething.filter(({ method }) => method === 'GET'))(
  '$operation shows it to its own workspace',
  async ({ url }) => {
    const { status, body } = await owner.get(pathOf(url));
    expect([[200, 202], body]).toEqual([expect.arrayContaining([status]), body]);
  },
);

it.each(cases)('$operation takes a token, and one that is known', async (one) => {
  const { method, url } = one;
  for (const token of [undefined, 'nonsense', `orc_api_${'0'.repeat(12)}_${'x'.repeat(43)}`]) {
    expect(await new ApiClient(api.url, token).send(method, pathOf(url), requestOf(one))).toMatchObject({
      status: 401,
      body: { code: 'TOKEN_INVALID' },
    });
  }
});

/** What administrators of the installation may do to a workspace that is not theirs, and why: nothing of what is in it is among it. */
const ofTheInstallation: Record<string, string> = {
  'GET /v1/workspaces': 'they see which workspaces there are',
  'GET /v1/workspaces/{workspace}': 'the same of one',
  'POST /v1/workspaces': 'they make workspaces',
  'PATCH /v1/workspaces/{workspace}': 'they name them',
  'GET /v1/workspaces/{workspace}/members': 'they see who is in one',
  'PUT /v1/workspaces/{workspace}/members/{subject}': 'they say who is: the first member can be made by nobody else',
  'DELETE /v1/workspaces/{workspace}/members/{subject}': 'the same',
  'POST /v1/tokens': 'they make its first token',
};

describe.each(roles)('the role %s of another workspace', (role) => {
  it.each(cases)('gets nothing of this one by $operation', async (one) => {
    const { method, url, operation } = one;
    const client = new ApiClient(api.url, tokens.get(role));
    const rule = rules[operation];
    const isAllowed = rule !== undefined && rule !== 'anybody' && may(role, rule);
    for (const path of pathsOf(one)) {
      const answer = await client.send(method, path, requestOf(one));
      expect(JSON.stringify(answer.body)).not.toContain(canary);
      if (!isAllowed) expect(['TOKEN_FORBIDDEN', 'TOKEN_INVALID']).toContain(answer.body?.['code']);
      else if (url.includes('{') && !namedByCaller.has(operation)) {
        // What the schema refuses is no proof of a wall.
        expect([[403, 404], answer.body]).toEqual([expect.arrayContaining([answer.status]), answer.body]);
      }
      // Nor does it help to say which workspace is meant.
      const request = requestOf(one);
      const headers = { ...request.headers, 'orchestra-workspace': 'default' };
      const said = await client.send(method, path, { ...request, headers });
      expect([401, 403]).toContain(said.status);
    }
  });

  const isAdmin = role === 'admin';
  const notTheirs = cases.filter(({ operation }) => !isAdmin || !Object.hasOwn(ofTheInstallation, operation));
  it.each(notTheirs)('gets nothing of this one by $operation, if the other is home', async (one) => {
    const { method, url, operation } = one;
    const client = new ApiClient(apiAtHome.url, tokens.get(role));
    for (const path of pathsOf(one)) {
      const { status, body } = await client.send(method, path, requestOf(one));
      expect(JSON.stringify(body)).not.toContain(canary);
      const isOfOther = url.includes('{') && !namedByCaller.has(operation);
      if (isOfOther) expect([[401, 403, 404], body]).toEqual([expect.arrayContaining([status]), body]);
    }
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
  expect(await installation.client.settings.get()).toEqual({ exploration: 0.25 });
  const { webhookMessages, agentSecrets, hosts, client } = installation;
  const { webhook = '', schedule = '', approval = '', secret = '', host = '', insight = '', agentToken = '' } = planted;
  expect(await webhookMessages.get('default', webhook)).toMatchObject({
    url: expect.stringContaining(canary),
    enabled: true,
    previousUntil: null,
  });
  expect(await client.schedules.get(schedule)).toMatchObject({
    planHash: planted['version'],
    paused: true,
    recent: [],
  });
  expect(await client.approvals.get(approval)).toMatchObject({ status: 'open' });
  expect(await agentSecrets.list({ workspace: 'default', name: 'hidden' })).toMatchObject([{ name: secret }]);
  expect(await hosts.list('default')).toMatchObject([{ name: host }]);
  expect(await client.learning.insights({ all: true })).toMatchObject([{ id: insight, expiredAt: null }]);
  expect(await createProposalStore(installation.pool).applied('default', 10)).toMatchObject([
    { proposal: planted['proposal'], undoneAt: null },
  ]);
  expect(await installation.alerts.list('default')).toMatchObject([{ rule: { name: 'walled', agent: canary } }]);
  expect(await installation.agentTokens.list('default', 'hidden')).toMatchObject([{ id: agentToken }]);
  const { rows: reported } = await installation.pool.query('SELECT FROM outcomes WHERE workspace = $1', ['other']);
  expect(reported).toHaveLength(0);
  expect(await installation.workspaces.find('default')).toMatchObject({ title: canary });
  expect(await installation.workspaces.members('default')).toMatchObject([
    { subject: canary, role: 'user' },
    { subject: 'hidden-member', role: 'user' },
  ]);
  expect(await installation.apiTokens.list('default')).toMatchObject([
    { id: planted['token'], name: canary, role: 'user' },
    { name: 'admin', role: 'admin' },
  ]);
  expect((await installation.workspaces.list()).map(({ workspace }) => workspace)).not.toContain('stolen');
  const others = installation.clientOf('other');
  expect(await others.settings.get()).toEqual({ strategy: 'cheapest' });
});

/** Members are taken away before they are made anew, for the owner below. */
const administered = cases
  .filter(({ operation }) => Object.hasOwn(ofTheInstallation, operation))
  .sort((one, two) => Number(two.method === 'DELETE') - Number(one.method === 'DELETE'));

it.each(administered)('$operation is for administrators of the installation', async (one) => {
  const client = new ApiClient(apiAtHome.url, tokens.get('admin'));
  const { status, body } = await client.send(one.method, pathOf(one.url), requestOf(one));
  expect([[200, 201], body]).toEqual([expect.arrayContaining([status]), body]);
});

/** What is made and changed first, then what is taken away: what is in something before that. */
const owned = ofSomething.filter(({ method }) => method !== 'GET').sort((one, two) => rank(one) - rank(two));

function rank({ method, url }: { method: string; url: string }): number {
  return method === 'DELETE' ? 1_000 - url.length : 0;
}

it.each(owned)('$operation is done for its own workspace, or refused for what it finds there', async (one) => {
  const { status, body } = await owner.send(one.method, pathOf(one.url), requestOf(one));
  expect([[200, 201, 202, 204, 409], body]).toEqual([expect.arrayContaining([status]), body]);
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
