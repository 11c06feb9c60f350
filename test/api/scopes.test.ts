import { randomBytes } from 'node:crypto';
import { rules } from '../../src/api/permissions';
import type { RunningApi } from '../../src/main/api';
import { createApiToken } from '../../src/main/api-tokens';
import { definitionOf } from '../helpers/agent-definitions';
import { openTestInstallation } from '../helpers/servers/test-installation';
import type { TestInstallation } from '../helpers/servers/test-installation';
import { until } from '../helpers/until';
import { ApiClient, tokenOf } from './api-client';
import type { Answer } from './api-client';

let installation: TestInstallation;
let api: RunningApi;
/** Has a token for some tasks. */
let client: ApiClient;
let boss: ApiClient;
/** What the boss has made of a plan that the token is for, and of one that it is not. */
let inside: Things;
let outside: Things;

beforeAll(async () => {
  installation = await openTestInstallation();
  [api] = await Promise.all([installation.startApi(), installation.startWorkers()]);
  const scope = { taskTypes: ['review'], capabilities: ['code-review'] };
  const bot = { name: 'bot', role: 'user' as const, expiresAt: Date.now() + 3_600_000, scope };
  client = new ApiClient(api.url, (await createApiToken(installation.apiTokens, 'default', bot)).token);
  boss = new ApiClient(api.url, await tokenOf(installation, 'admin'));
  [inside, outside] = [await make(review), await make(ship)];
  const capabilities = [{ name: 'code-review', proficiency: 1, technologies: [] }];
  const reviewer = definitionOf('reviewer', { connector: { connector: 'remote' }, capabilities });
  await installation.agents.add('default', [reviewer]);
});
afterAll(async () => {
  // All tests share a server.
  for (const { name } of await installation.client.schedules.list()) await installation.client.schedules.remove(name);
  await installation.close();
});

const agents = { ada: { connector: 'simulated', latency: '10m', capabilities: ['code-review', 'deployment'] } };
const review = { type: 'review', agent: { capability: 'code-review' } };
const ship = { type: 'deploy', agent: { capability: 'code-review' } };
const planOf = (tasks: object): object => ({ version: 1, name: 'scoped', agents, tasks });

it('submits the tasks that the token is for, and no others, and says which', async () => {
  expect((await client.post('/v1/sessions', { plan: planOf({ review }) })).status).toBe(202);
  expect(await client.post('/v1/sessions', { plan: planOf({ review, 'a/b': ship }) })).toMatchObject({ status: 422 });
  expect(await client.post('/v1/sessions', { plan: planOf({ review, ship }) })).toMatchObject({
    status: 403,
    body: {
      code: 'TOKEN_FORBIDDEN',
      detail: expect.stringContaining(
        'It is for tasks of the types review, and that ask for the capabilities code-review',
      ),
      errors: [{ pointer: '/plan/tasks/ship', detail: 'The task "ship" is of the type "deploy".' }],
    },
  });
  expect(await client.post('/v1/sessions', { plan: JSON.stringify(planOf({ ship })) })).toMatchObject({
    status: 403,
    body: { errors: [{ pointer: '/plan' }] },
  });
});

it('edits a plan to nothing that the token is not for', async () => {
  const { body } = await client.post('/v1/sessions', { plan: planOf({ review }) });
  const path = `/v1/sessions/${String(body?.['id'])}/plan`;
  const { headers } = await client.get(path);
  const put = (tasks: object) =>
    client.send('PUT', path, { body: { plan: planOf(tasks) }, headers: { 'if-match': headers.get('etag') ?? '' } });
  expect(await put({ review, ship: { ...ship, needs: ['review'] } })).toMatchObject({
    status: 403,
    body: { code: 'TOKEN_FORBIDDEN' },
  });
  expect((await put({ review, again: { ...review, needs: ['review'] } })).status).toBe(200);
});

it('submits single tasks within the same bounds', async () => {
  expect(await client.post('/v1/tasks', { type: 'deploy', agent: { capability: 'code-review' } })).toMatchObject({
    status: 403,
    body: { code: 'TOKEN_FORBIDDEN', errors: [{ detail: expect.stringContaining('is of the type "deploy"') }] },
  });
  const named = await client.post('/v1/tasks', { type: 'review', agent: 'ada' });
  expect(named).toMatchObject({ status: 403, body: { detail: expect.stringContaining('names the agent "ada"') } });
});

interface Things {
  plan: object;
  session: string;
  schedule: string;
  approval: string;
}

/** A session that asks somebody about its second task, and a schedule. */
async function make(task: object): Promise<Things> {
  const quick = { ada: { ...agents.ada, latency: '1ms' } };
  const tasks = { once: task, again: { ...task, needs: ['once'], onBudget: 'ask' } };
  const plan = { version: 1, name: 'scoped', budget: { attempts: 1 }, agents: quick, tasks };
  const schedule = newName();
  const made = await boss.post('/v1/schedules', { name: schedule, plan, cron: yearly, paused: true });
  expect([made.status, made.body]).toEqual([201, expect.anything()]);
  const session = String((await boss.post('/v1/sessions', { plan })).body?.['id']);
  const asked = async () =>
    (await installation.client.approvals.list({ onlyOpen: true })).find(({ question }) => question.session === session);
  await until('somebody is asked', async () => (await asked()) !== undefined);
  return { plan, session, schedule, approval: (await asked())?.id ?? '' };
}

const newName = (): string => `s${randomBytes(5).toString('hex')}`;
/** Long before or after any run of the tests. */
const yearly = '0 3 29 2 *';

/** Each operation by which work begins, is done again, or goes on. */
const starts: Record<string, (of: Things, by: ApiClient) => Promise<Answer>> = {
  'POST /v1/sessions': ({ plan }, by) => by.post('/v1/sessions', { plan }),
  'POST /v1/tasks': ({ plan }, by) => {
    const { once } = (plan as { tasks: { once: object } }).tasks;
    return by.post('/v1/tasks', once);
  },
  'POST /v1/ci/trigger': ({ plan }, by) =>
    by.post('/v1/ci/trigger', { repository: 'a/b', branch: 'main', commit: 'c0ffee0', plan }),
  'POST /v1/schedules': ({ plan }, by) => by.post('/v1/schedules', { name: newName(), plan, cron: yearly }),
  'PUT /v1/schedules/{schedule}': ({ plan, schedule }, by) =>
    by.send('PUT', `/v1/schedules/${schedule}`, { body: { plan, cron: yearly } }),
  'POST /v1/schedules/{schedule}/resume': ({ schedule }, by) => by.post(`/v1/schedules/${schedule}/resume`),
  'POST /v1/schedules/{schedule}/trigger': ({ schedule }, by) => by.post(`/v1/schedules/${schedule}/trigger`),
  'POST /v1/schedules/{schedule}/backfill': ({ schedule }, by) =>
    by.post(`/v1/schedules/${schedule}/backfill`, { from: '2020-01-05T00:00:00Z', to: '2020-01-06T00:00:00Z' }),
  'PUT /v1/sessions/{session}/plan': ({ plan, session }, by) =>
    by.send('PUT', `/v1/sessions/${session}/plan`, { body: { plan }, headers: { 'if-match': '*' } }),
  // It sets nothing going, and says what would become of that.
  'POST /v1/sessions/{session}/plan/preview': ({ plan, session }, by) =>
    by.post(`/v1/sessions/${session}/plan/preview`, { plan }),
  'POST /v1/sessions/{session}/resume': ({ session }, by) => by.post(`/v1/sessions/${session}/resume`),
  'POST /v1/sessions/{session}/retry': ({ session }, by) => by.post(`/v1/sessions/${session}/retry`),
  'POST /v1/sessions/{session}/tasks/{run}/retry': ({ session }, by) =>
    by.post(`/v1/sessions/${session}/tasks/once/retry`),
  'POST /v1/sessions/{session}/tasks/{run}/resolve-conflict': ({ session }, by) =>
    by.post(`/v1/sessions/${session}/tasks/once/resolve-conflict`),
  'POST /v1/approvals/{approval}/decision': ({ approval }, by) =>
    by.post(`/v1/approvals/${approval}/decision`, { answer: 'approved' }),
};

/** What whoever may submit anything may do besides: it stops work, or says something of it. */
const steers = [
  'POST /codec/decode',
  'POST /v1/sessions/{session}/pause',
  'POST /v1/sessions/{session}/cancel',
  'POST /v1/sessions/{session}/tasks/{run}/feedback',
  'POST /v1/sessions/{session}/tasks/{run}/cancel',
  'POST /v1/tasks/{task}/cancel',
  'DELETE /v1/schedules/{schedule}',
  'POST /v1/schedules/{schedule}/pause',
  'POST /v1/alerts/{alert}/acknowledge',
];

it('knows of each operation of those who submit tasks whether it sets work going', () => {
  const ofSubmitters = Object.keys(rules).filter((operation) => rules[operation] === 'task.submit');
  expect([...Object.keys(starts), ...steers].sort()).toEqual(ofSubmitters.sort());
});

it.each(Object.entries(starts))('%s sets going what the token is for, and nothing else', async (_, ask) => {
  expect(await ask(outside, client)).toMatchObject({
    status: 403,
    body: { code: 'TOKEN_FORBIDDEN', detail: expect.stringContaining('is of the type "deploy"') },
  });
  // Refused for how it stands with the session, where it is refused at all.
  const { status, body } = await ask(inside, client);
  expect([[200, 201, 202, 409], body]).toEqual([expect.arrayContaining([status]), body]);
});

it('leaves what it is not for as it was, and can stop it', async () => {
  const { schedule, approval, session } = outside;
  expect(await installation.client.schedules.get(schedule)).toMatchObject({ paused: true, recent: [] });
  expect(await installation.client.approvals.get(approval)).toMatchObject({ status: 'open' });
  expect((await client.post(`/v1/approvals/${approval}/decision`, { answer: 'rejected' })).status).toBe(200);
  expect((await client.post(`/v1/schedules/${schedule}/pause`)).status).toBe(200);
  // It has ended by itself, if the answer was quicker.
  expect([200, 409]).toContain((await client.post(`/v1/sessions/${session}/cancel`)).status);
});

it('shows what a token is for', async () => {
  const shown = (await installation.apiTokens.list('default')).find(({ name }) => name === 'bot');
  expect(shown).toMatchObject({ scope: { taskTypes: ['review'], capabilities: ['code-review'] } });
});

it('makes tokens for some tasks, which can make none for others, nor members', async () => {
  const made = await boss.post('/v1/tokens', { name: 'lead', role: 'admin', scope: { taskTypes: ['review', 'test'] } });
  expect(made).toMatchObject({ status: 201, body: { scope: { taskTypes: ['review', 'test'] } } });
  const lead = new ApiClient(api.url, String(made.body?.['token']));
  expect((await lead.get('/v1/whoami')).body).toMatchObject({ scope: { taskTypes: ['review', 'test'] } });
  const ask = (scope?: object) => lead.post('/v1/tokens', { name: 'more', role: 'user', ...(scope && { scope }) });
  for (const scope of [undefined, { taskTypes: ['review', 'deploy'] }, { capabilities: ['code-review'] }]) {
    expect(await ask(scope)).toMatchObject({
      status: 403,
      body: { code: 'TOKEN_FORBIDDEN', errors: [{ pointer: '/scope' }] },
    });
  }
  expect(await ask({})).toMatchObject({ status: 400, body: { errors: [{ pointer: '/scope' }] } });
  const less = await ask({ taskTypes: ['test'], capabilities: ['code-review'] });
  const tester = new ApiClient(api.url, String(less.body?.['token']));
  expect((await starts['POST /v1/sessions']?.(inside, tester))?.status).toBe(403);
  const { tokens } = (await lead.get('/v1/tokens')).body as { tokens: object[] };
  expect(tokens).toContainEqual(
    expect.objectContaining({ name: 'more', scope: { taskTypes: ['test'], capabilities: ['code-review'] } }),
  );
  const member = '/v1/workspaces/default/members/friend';
  expect(await lead.send('PUT', member, { body: { role: 'user' } })).toMatchObject({ status: 403 });
  expect((await boss.send('PUT', member, { body: { role: 'user' } })).status).toBe(200);
});
