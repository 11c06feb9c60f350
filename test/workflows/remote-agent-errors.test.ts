import { createAgentToken } from '../../src/main/agent-tokens';
import type { RunningApi } from '../../src/main/api';
import { openTestInstallation } from '../helpers/servers/test-installation';
import type { TestInstallation } from '../helpers/servers/test-installation';
import { until } from '../helpers/until';
import { registerRemote, remoteClient } from './remote-agent-client';

let installation: TestInstallation;
let api: RunningApi;

beforeAll(async () => {
  installation = await openTestInstallation();
  [api] = await Promise.all([installation.startApi(), installation.startWorkers()]);
});
afterAll(() => installation.close());

const claim = { claimId: 'c' };

it('refuses a request without a token, with a wrong one, and with one that has expired', async () => {
  const agent = await registerRemote(installation, api, 'guarded');
  const wrong = agent.token.slice(0, -1) + (agent.token.endsWith('A') ? 'B' : 'A');
  const expired = await createAgentToken(
    installation.agentTokens,
    { workspace: 'default', name: 'guarded' },
    Date.now() - 1,
  );
  const refusals = await Promise.all(
    ['none', wrong, `orc_agent_${'0'.repeat(12)}_${'x'.repeat(43)}`, expired.token].map(async (token) => {
      const { status, body } = await remoteClient(api.url, 'guarded', token).post('claim', claim);
      return [status, body['code'], body['detail']];
    }),
  );
  const advice = '`orchestra agents tokens create NAME` makes one.';
  expect(refusals).toEqual([
    [401, 'TOKEN_INVALID', `The token is not valid. ${advice}`],
    [401, 'TOKEN_INVALID', `The token is not valid. ${advice}`],
    [401, 'TOKEN_INVALID', `The token is not valid. ${advice}`],
    [401, 'TOKEN_INVALID', `The token has expired. ${advice}`],
  ]);
  const without = await fetch(`${api.url}/v1/agents/guarded/claim`, { method: 'POST' });
  expect([without.status, without.headers.get('content-type')]).toEqual([
    401,
    'application/problem+json; charset=utf-8',
  ]);
});

it('refuses the token of one agent for another, and for its attempts', async () => {
  const one = await registerRemote(installation, api, 'one');
  const other = await registerRemote(installation, api, 'other');
  expect(await remoteClient(api.url, 'other', one.token).post('claim', claim)).toMatchObject({
    status: 403,
    body: { code: 'TOKEN_FORBIDDEN' },
  });
  const session = await installation.start('version: 1\nname: p\ntasks: { work: { agent: one } }\n');
  const work = await one.claim();
  expect(await other.settle('complete', work)).toMatchObject({ status: 404, body: { code: 'ATTEMPT_NOT_FOUND' } });
  expect((await other.beat(work)).body).toMatchObject({ stop: [{ reason: 'gone' }] });
  expect((await one.beat(work)).body).toEqual({ stop: [] });
  expect(await one.settle('complete', { ...work, token: work.token + 1 })).toMatchObject({
    status: 409,
    body: { code: 'ATTEMPT_SUPERSEDED' },
  });
  await one.settle('complete', work);
  expect((await session.result()).status).toBe('succeeded');
});

it('refuses a token that was revoked, at once', async () => {
  const agent = await registerRemote(installation, api, 'revoked');
  expect((await agent.post('claim', claim)).status).toBe(200);
  const [token] = await installation.agentTokens.list('default', 'revoked');
  expect(await installation.agentTokens.revoke('default', token?.id ?? '')).toBe(true);
  await until('it is refused', async () => (await agent.post('claim', claim)).status === 401);
});

it('keeps no token, only its hash', async () => {
  const agent = await registerRemote(installation, api, 'hashed');
  const { rows } = await installation.pool.query(
    `SELECT agent_tokens::text AS row FROM agent_tokens WHERE agent = 'hashed'`,
  );
  const secret = agent.token.slice(-43);
  expect(JSON.stringify(rows)).not.toContain(secret);
  expect(JSON.stringify(rows)).not.toContain(Buffer.from(secret).toString('hex'));
});

it('knows no attempt that the agent never had', async () => {
  const agent = await registerRemote(installation, api, 'innocent');
  const attempt = { workspace: 'default', session: 'nobody', task: 'work', attempt: 1, token: 1 };
  expect(await agent.post('complete', attempt)).toMatchObject({ status: 404, body: { code: 'ATTEMPT_NOT_FOUND' } });
  expect((await agent.post('heartbeat', { attempts: [attempt] })).body).toEqual({
    stop: [{ ...attempt, reason: 'gone' }],
  });
});

it.each([
  ['claim', { max: 1 }, 'The request was not understood: claimId: is missing.'],
  [
    'claim',
    { claimId: 'c', waitMS: 1 },
    'The request was not understood: waitMS: unknown key "waitMS" (did you mean "waitMs"?).',
  ],
  ['claim', { claimId: 'c', waitMs: 60_001 }, 'The request was not understood: waitMs: must be at most 60000.'],
  ['complete', { output: 1 }, 'workspace: is missing; session: is missing'],
  ['heartbeat', { attempts: [{ percent: 200 }] }, 'attempts[0].percent: must be at most 100'],
])('says what is wrong with a %s of %j', async (path, body, detail) => {
  const agent = await registerRemote(installation, api, `clumsy-${Math.random().toString(36).slice(2)}`);
  const answer = await agent.post(path, body);
  expect(answer).toMatchObject({ status: 400, body: { code: 'USAGE', retryable: false } });
  expect(answer.body['detail']).toContain(detail);
});

it('says what is wrong with what is no JSON, too large, or nowhere', async () => {
  const agent = await registerRemote(installation, api, 'lost');
  const headers = { authorization: `Bearer ${agent.token}`, 'content-type': 'application/json' };
  const send = async (path: string, body: string): Promise<unknown> => {
    const response = await fetch(`${api.url}${path}`, { method: 'POST', headers, body });
    return ((await response.json()) as { code: string }).code;
  };
  expect(await send('/v1/agents/lost/claim', '{')).toBe('USAGE');
  expect(await send('/v1/agents/lost/claim', JSON.stringify({ claimId: 'x'.repeat(2_000_000) }))).toBe(
    'REQUEST_TOO_LARGE',
  );
  expect(await send('/v1/agents/lost/steal', '{}')).toBe('ROUTE_NOT_FOUND');
  expect(await (await fetch(`${api.url}/healthz`)).json()).toEqual({ status: 'ok' });
});

it('lets no plan describe a remote agent: nobody could come for its work', async () => {
  const plan = 'version: 1\nname: p\nagents: { far: { connector: remote } }\ntasks: { t: { agent: far } }\n';
  await expect(installation.start(plan)).rejects.toThrow(
    'agents.far.connector: must be one of command, http, a2a, function, simulated; remote agents are registered with `orchestra agents add`',
  );
});
