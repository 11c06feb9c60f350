import { randomUUID } from 'node:crypto';
import { openTestInstallation } from '../helpers/servers/test-installation';
import type { TestInstallation } from '../helpers/servers/test-installation';
import { until } from '../helpers/until';
import { startControlledAgent } from '../workflows/controlled-agent';
import type { ControlledAgent } from '../workflows/controlled-agent';
import { ApiClient, tokenOf } from './api-client';
import type { Answer } from './api-client';

let installation: TestInstallation;
let agent: ControlledAgent;
let user: ApiClient;
let viewer: ApiClient;

beforeAll(async () => {
  [installation, agent] = await Promise.all([openTestInstallation(), startControlledAgent()]);
  const [api] = await Promise.all([installation.startApi(), installation.startWorkers()]);
  user = new ApiClient(api.url, await tokenOf(installation, 'user'));
  viewer = new ApiClient(api.url, await tokenOf(installation, 'viewer'));
  const manager = new ApiClient(api.url, await tokenOf(installation, 'agent-manager'));
  const fixer = { name: 'fixer', connector: 'http', url: agent.url, capabilities: ['fix'], maxConcurrent: 10 };
  expect((await manager.post('/v1/agents', fixer)).status).toBe(201);
});
afterAll(async () => {
  await agent.close();
  await installation.close();
});

const task = { type: 'bug-fix', agent: { capability: 'fix' }, prompt: 'Mend ${{ it }}', input: { file: 'a.ts' } };
const submit = async (more: object = {}): Promise<string> => {
  const { status, body } = await user.post('/v1/tasks', { ...task, ...more });
  expect([status, body?.['detail']]).toEqual([202, undefined]);
  return String(body?.['id']);
};
const outcomeOf = async (id: string): Promise<Answer['body']> => {
  let answer: Answer | undefined;
  await until('the task has ended', async () => (answer = await user.get(`/v1/tasks/${id}/outcome`)).status === 200);
  return answer?.body ?? null;
};

it('has one task done, tells what came of it, and why it went to its agent', async () => {
  const { status, headers, body } = await user.post('/v1/tasks', task);
  const id = String(body?.['id']);
  expect([status, headers.get('location')]).toEqual([202, `/v1/tasks/${id}`]);
  const visit = await agent.arrival('task', 1, id);
  // Nothing in it is a template.
  expect(visit).toMatchObject({ prompt: task.prompt, input: task.input });
  expect((await viewer.get(`/v1/tasks/${id}`)).body).toMatchObject({
    type: 'bug-fix',
    status: 'running',
    agent: 'fixer',
    session: { id, status: 'running' },
  });
  expect(await viewer.get(`/v1/tasks/${id}/outcome`)).toMatchObject({
    status: 202,
    body: { output: null, attempts: [] },
  });
  await agent.answer('task', { session: id, output: { fixed: true } });
  expect(await outcomeOf(id)).toMatchObject({
    status: 'succeeded',
    output: { fixed: true },
    error: null,
    attempts: [{ attempt: 1, agent: 'fixer', verdict: 'succeeded' }],
  });
  const { body: why } = await viewer.get(`/v1/tasks/${id}/explanation`);
  expect(why).toMatchObject({ run: 'task', assignments: [{ attempt: 1 }] });
});

it('stops its agent, and does not try again', async () => {
  const id = await submit();
  const visit = await agent.arrival('task', 1, id);
  expect((await user.post(`/v1/tasks/${id}/cancel`, { reason: 'enough' })).status).toBe(200);
  await until('the agent was stopped', () => visit.isStopped);
  expect(await outcomeOf(id)).toMatchObject({ status: 'cancelled', output: null });
  expect(await user.post(`/v1/tasks/${id}/cancel`)).toMatchObject({ status: 409, body: { code: 'COMMAND_REFUSED' } });
});

it('submits once for a key and for an id, and shares the plan of tasks that differ in nothing but data', async () => {
  const key = { 'idempotency-key': randomUUID() };
  const [first, again] = [await user.post('/v1/tasks', task, key), await user.post('/v1/tasks', task, key)];
  expect(again.body?.['id']).toBe(first.body?.['id']);
  const id = await submit({ id: 'mine', prompt: 'Other words' });
  expect(await submit({ id: 'mine', prompt: 'Other words' })).toBe(id);
  expect(await user.post('/v1/tasks', { ...task, id: 'mine', priority: 1 })).toMatchObject({ status: 409 });
  const { rows } = await installation.pool.query('SELECT DISTINCT plan_hash FROM sessions WHERE id = ANY ($1)', [
    [first.body?.['id'], id],
  ]);
  expect(rows).toHaveLength(1);
  for (const one of [String(first.body?.['id']), id]) await user.post(`/v1/tasks/${one}/cancel`);
});

it('heeds priority, timeout, retries and budget as a task of a plan does', async () => {
  const settings = { priority: 1, timeout: '5m', retry: { attempts: 1 }, budget: { attempts: 2 } };
  const id = await submit(settings);
  const { plan } = await installation.client.handle(id).plan();
  expect(plan.tasks['task']).toMatchObject({ priority: 1, timeoutMs: 300_000, budget: { attempts: 2 } });
  await agent.answer('task', { session: id, status: 400 });
  expect(await outcomeOf(id)).toMatchObject({ status: 'failed', attempts: [{ verdict: 'failed' }] });
});

it.each([
  [{ timeout: 'soon' }, 'PLAN_INVALID', '/timeout'],
  [{ retry: { attempts: 0 } }, 'PLAN_INVALID', '/retry/attempts'],
  [{ agent: {} }, 'PLAN_INVALID', '/agent'],
  [{ budget: {} }, 'PLAN_INVALID', '/budget'],
  [{ run: ['rm', '-rf', '/'] }, 'USAGE', '/run'],
  [{ type: 'no good' }, 'USAGE', '/type'],
  [{ priority: 9 }, 'USAGE', '/priority'],
])('says where %j is wrong', async (more, code, pointer) => {
  expect((await user.post('/v1/tasks', { ...task, ...more })).body).toMatchObject({ code, errors: [{ pointer }] });
});

it('is refused where no agent could do it, and to those who may only look', async () => {
  const nobody = await user.post('/v1/tasks', { ...task, agent: { capability: 'fly' } });
  expect(nobody).toMatchObject({ status: 422, body: { code: 'PLAN_INVALID', errors: [{ pointer: '/agent' }] } });
  expect((await viewer.post('/v1/tasks', task)).status).toBe(403);
});

it('knows its own tasks from sessions of plans', async () => {
  const agents = { ada: { connector: 'simulated', latency: '10m' } };
  const plan = { version: 1, name: 'two', agents, tasks: { a: { agent: 'ada' }, b: { agent: 'ada' } } };
  const { body } = await user.post('/v1/sessions', { plan });
  const url = `/v1/sessions/${String(body?.['id'])}`;
  expect(await user.get(`/v1/tasks/${String(body?.['id'])}`)).toMatchObject({
    status: 404,
    body: { code: 'TASK_NOT_FOUND' },
  });
  for (const part of ['', '/outcome', '/explanation']) {
    expect(await user.get(`/v1/tasks/nobody${part}`)).toMatchObject({ status: 404, body: { code: 'TASK_NOT_FOUND' } });
  }
  expect(await user.post('/v1/tasks/nobody/cancel', {})).toMatchObject({
    status: 404,
    body: { code: 'TASK_NOT_FOUND' },
  });

  const isRunning = async (): Promise<boolean> => (await user.get(`${url}/tasks/a`)).body?.['status'] === 'running';
  await until('it runs', isRunning);
  expect((await user.post(`${url}/tasks/a/cancel`, { reason: 'wrong' })).body).toMatchObject({ status: 'running' });
  await until('it is cancelled', async () => (await user.get(`${url}/tasks/a`)).body?.['status'] === 'cancelled');
  expect((await user.get(`${url}/tasks/a`)).body).toMatchObject({ reason: 'cancelled' });
  expect((await user.get(`${url}/tasks/b`)).body).toMatchObject({ status: 'running' });
  expect(await user.post(`${url}/tasks/a/cancel`)).toMatchObject({ status: 409, body: { code: 'COMMAND_REFUSED' } });
  await user.post(`${url}/cancel`);
});
