import type { RunningApi } from '../../src/main/api';
import { keepDocument } from '../helpers/keep-document';
import { openTestInstallation } from '../helpers/servers/test-installation';
import type { TestInstallation } from '../helpers/servers/test-installation';
import { until } from '../helpers/until';
import { ApiClient, tokenOf } from './api-client';

let installation: TestInstallation;
let api: RunningApi;
let viewer: ApiClient;
let admin: ApiClient;

beforeAll(async () => {
  installation = await openTestInstallation();
  [api] = await Promise.all([installation.startApi(), installation.startWorkers()]);
  viewer = new ApiClient(api.url, await tokenOf(installation, 'viewer'));
  admin = new ApiClient(api.url, await tokenOf(installation, 'admin'));
});
afterAll(() => installation.close());

const command = "process.stdout.write(JSON.stringify({ said: 'hello' }))";
const agent = { connector: 'command', command: [process.execPath, '-e', command], capabilities: ['greet'] };
const plan = { version: 1, name: 'greeting', tasks: { greet: { agent: { capability: 'greet' } } } };

const run = async (more: object = {}): Promise<string> => {
  const { body } = await admin.post('/v1/sessions', { plan: { ...plan, ...more } });
  const id = String(body?.['id']);
  await until('it has ended', async () => (await viewer.get(`/v1/sessions/${id}/result`)).status === 200);
  return id;
};

it('routes a plan to an agent of the registry, runs it, explains it, and hears how good it was', async () => {
  const before = await viewer.post('/v1/plans/route', { plan });
  expect(before.body).toMatchObject({ possible: false, routes: [{ place: 'tasks.greet.agent' }] });
  await admin.post('/v1/agents', { ...agent, name: 'greeter' });
  const routed = await viewer.post('/v1/plans/route', { plan });
  expect(routed.body).toMatchObject({ possible: true, routes: [{ answer: { agent: { name: 'greeter' } } }] });

  const url = `/v1/sessions/${await run()}`;
  expect((await viewer.get(`${url}/tasks`)).body).toMatchObject({
    tasks: [{ run: 'greet', status: 'succeeded', agent: 'greeter', attempts: 1 }],
  });
  expect((await viewer.get(`${url}/tasks/greet`)).body).toMatchObject({ output: { said: 'hello' } });
  expect((await viewer.get(`${url}/tasks/nothing`)).body).toMatchObject({ code: 'TASK_NOT_FOUND' });
  expect((await viewer.get(`${url}/tasks/greet/explanation`)).body).toMatchObject({
    assignments: [{ run: 'greet', attempt: 1, assignment: { agent: { name: 'greeter' } } }],
    attempts: [{ run: 'greet', attempt: 1, agent: 'greeter', verdict: 'succeeded', handoffs: [], tools: null }],
  });
  expect((await admin.post(`${url}/tasks/greet/feedback`, { rating: 4 })).body).toEqual({
    run: 'greet',
    attempt: 1,
    agent: 'greeter',
  });
  expect((await admin.post(`${url}/tasks/greet/feedback`, {})).body).toMatchObject({
    code: 'INPUT_INVALID',
    errors: [{ pointer: '' }],
  });
  expect((await viewer.get('/v1/metrics?hours=1')).body).toMatchObject({
    metrics: [{ agent: null, succeeded: 1, rating: 4 }, { agent: 'greeter' }],
  });
  const passed = '2026-01-02T00:00:00.000Z';
  expect((await viewer.get(`/v1/metrics?hours=1&until=${passed}`)).body).toMatchObject({
    from: '2026-01-01T23:00:00.000Z',
    to: passed,
    metrics: [{ agent: null, attempts: 0 }],
  });
  expect((await viewer.get(`/v1/metrics/routing?until=${passed}`)).body).toMatchObject({ to: passed, predictions: 0 });
  expect((await viewer.get('/v1/metrics?until=yesterday')).body).toMatchObject({ errors: [{ pointer: '/until' }] });
  expect((await viewer.get(`${url}/budget`)).body).toMatchObject({ limits: [], use: { attempts: 1 } });
});

it('says of a task that the session does not have just that, whatever state the session is in', async () => {
  const url = `/v1/sessions/${await run()}`;
  const unknown = {
    code: 'TASK_NOT_FOUND',
    detail: expect.stringContaining('has no task "gret" (did you mean "greet"?)'),
  };
  for (const verb of ['cancel', 'retry', 'resolve-conflict']) {
    expect((await admin.post(`${url}/tasks/gret/${verb}`)).body).toMatchObject(unknown);
    expect((await admin.post(`${url}/tasks/greet/${verb}`)).body).toMatchObject({ code: 'COMMAND_REFUSED' });
  }
  expect((await admin.post(`${url}/retry`, { task: 'gret' })).body).toMatchObject(unknown);
});

it('says what is wrong with a plan, and draws it', async () => {
  expect((await viewer.post('/v1/plans/validate', { plan })).body).toMatchObject({
    valid: true,
    name: 'greeting',
    hash: expect.stringMatching(/^[0-9a-f]{64}$/),
    needs: [{ message: expect.stringContaining('greet') }],
  });
  const wrong = 'version: 1\nname: p\ntasks:\n  a: { run: [x], needs: [b] }\n';
  expect((await viewer.post('/v1/plans/validate', { plan: wrong })).body).toMatchObject({
    valid: false,
    issues: [{ file: 'plan', line: 4, message: expect.stringContaining('there is no task "b"') }],
  });
  expect((await viewer.post('/v1/plans/graph', { plan })).body?.['mermaid']).toContain('flowchart');
  expect((await viewer.post('/v1/plans/graph', { plan: wrong })).status).toBe(422);
  expect((await viewer.get('/v1/plan-schema')).body).toMatchObject({ title: 'Agent Orchestra plan' });
});

it('asks a person for what a budget has no room for, and takes the answer once', async () => {
  const asking = {
    ...plan,
    name: 'asking',
    budget: { attempts: 1 },
    agents: { ada: { connector: 'simulated', latency: '1ms' } },
    tasks: { one: { agent: 'ada' }, two: { agent: 'ada', needs: ['one'], onBudget: 'ask' } },
  };
  const { body } = await admin.post('/v1/sessions', { plan: asking });
  let open: { id: string; questionHash: string }[] = [];
  await until('somebody is asked', async () => {
    open = (await viewer.get('/v1/approvals')).body?.['approvals'] as typeof open;
    return open.length === 1;
  });
  const url = `/v1/approvals/${open[0]?.id}`;
  expect((await viewer.get(url)).body).toMatchObject({ status: 'open', question: { kind: 'budget', run: 'two' } });
  const answer = { answer: 'approved' };
  expect((await viewer.post(`${url}/decision`, answer)).status).toBe(403);
  expect((await admin.post(`${url}/decision`, { ...answer, questionHash: 'other' })).status).toBe(409);
  const decided = await admin.post(`${url}/decision`, { ...answer, questionHash: open[0]?.questionHash });
  expect(decided.body).toMatchObject({ status: 'approved', decidedBy: expect.stringMatching(/^token:admin\//) });
  expect((await admin.post(`${url}/decision`, answer)).body).toMatchObject({ code: 'COMMAND_REFUSED' });
  const session = `/v1/sessions/${String(body?.['id'])}`;
  await until('it has ended', async () => (await viewer.get(`${session}/result`)).status === 200);
  expect((await viewer.get(session)).body).toMatchObject({ status: 'succeeded' });
  expect((await viewer.get('/v1/approvals?all=true')).body).toMatchObject({ approvals: [{ status: 'approved' }] });
});

it('limits what the workspace uses', async () => {
  const { body } = await admin.send('PUT', '/v1/budgets/month', { body: { limits: '200usd' } });
  expect(body).toMatchObject({ limits: [{ unit: 'usd', limit: 200, spent: 0 }] });
  expect((await viewer.get('/v1/budgets')).body).toEqual(body);
  expect((await admin.send('PUT', '/v1/budgets/week', { body: { limits: 'none' } })).status).toBe(400);
  await admin.send('PUT', '/v1/budgets/month', { body: { limits: 'none' } });
  expect((await viewer.get('/v1/budgets')).body).toEqual({ limits: [] });
});

it('changes settings, all or nothing', async () => {
  const change = (set: object): ReturnType<ApiClient['send']> =>
    admin.send('PATCH', '/v1/settings', { body: { set, unset: [] } });
  const said = await change({ strategy: 'cheapest' });
  expect(said.body).toEqual({ settings: { strategy: 'cheapest' }, etag: expect.any(String) });
  expect(await change({ maxLoad: 0.5, share: -1, 'prices.m': 'free' })).toMatchObject({
    status: 422,
    body: { code: 'SETTING_INVALID', errors: [{ pointer: '/set/share' }, { pointer: '/set/prices.m' }] },
  });
  const unset = ['strategy', 'strateg'];
  expect((await admin.send('PATCH', '/v1/settings', { body: { unset } })).body).toMatchObject({
    code: 'SETTING_INVALID',
    errors: [{ pointer: '/unset/1' }],
  });
  expect((await viewer.get('/v1/settings')).body).toEqual(said.body);
  await admin.send('PATCH', '/v1/settings', { body: { unset: ['strategy'] } });
});

it('hands out an artifact by its hash, and to nobody of another workspace', async () => {
  const hash = await keepDocument(installation.pool, 'default', { large: true });
  const { headers, body } = await viewer.get(`/v1/artifacts/${hash}`);
  expect([body, headers.get('etag')]).toEqual([{ hash, value: { large: true } }, `"${hash}"`]);
  const stranger = new ApiClient(api.url, await tokenOf(installation, 'admin', 'acme'));
  expect((await stranger.get(`/v1/artifacts/${hash}`)).body).toMatchObject({ code: 'ARTIFACT_NOT_FOUND' });
});

it('says how everything is', async () => {
  expect((await viewer.get('/v1/health')).body).toMatchObject({ status: expect.any(String), report: { score: {} } });
  expect((await viewer.get('/v1/health/events')).body).toEqual({ events: [], next: null });
  expect((await viewer.get('/v1/hosts')).body).toEqual({ hosts: [], next: null });
  expect((await viewer.get('/v1/queue')).body).toEqual({ runs: [], next: null });
  expect((await viewer.get('/v1/conflicts')).body).toEqual({ waiting: [], inSpite: [], next: null });
  expect((await viewer.get('/v1/insights')).body).toEqual({ insights: [], next: null });
  expect((await viewer.get('/v1/learnings?capability=greet')).body).toMatchObject({ recommended: null, agents: [] });
  expect((await viewer.get('/v1/learnings?agent=nobody')).body).toMatchObject({ code: 'AGENT_NOT_FOUND' });
});
