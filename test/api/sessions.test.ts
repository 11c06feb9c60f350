import { randomUUID } from 'node:crypto';
import type { RunningApi } from '../../src/main/api';
import { definitionOf } from '../helpers/agent-definitions';
import { openTestInstallation } from '../helpers/servers/test-installation';
import type { TestInstallation } from '../helpers/servers/test-installation';
import { until } from '../helpers/until';
import { ApiClient, tokenOf } from './api-client';
import type { Answer } from './api-client';
import { done } from './lost-answers';

let installation: TestInstallation;
let api: RunningApi;
let user: ApiClient;
let manager: ApiClient;

beforeAll(async () => {
  installation = await openTestInstallation();
  [api] = await Promise.all([installation.startApi(), installation.startWorkers()]);
  user = new ApiClient(api.url, await tokenOf(installation, 'user'));
  manager = new ApiClient(api.url, await tokenOf(installation, 'agent-manager'));
});
afterAll(() => installation.close());

const slow = { connector: 'simulated', latency: '10m' };
const quick = { connector: 'simulated', latency: '1ms' };
const planOf = (name: string, agent: object = quick): object => ({
  version: 1,
  name,
  agents: { ada: agent },
  tasks: { greet: { agent: 'ada', input: { to: '${{ inputs.who }}' } } },
  inputs: { who: { type: 'string', default: 'Ada' } },
  outputs: { greeting: '${{ tasks.greet.output }}' },
});

const start = async (plan: object, more: object = {}): Promise<string> => {
  const { status, body } = await user.post('/v1/sessions', { plan, ...more });
  expect([status, body?.['detail']]).toEqual([202, undefined]);
  return String(body?.['id']);
};

const ended = async (id: string): Promise<Record<string, unknown>> => {
  let result: Record<string, unknown> = {};
  await until('the session has ended', async () => {
    const { status, body } = await user.get(`/v1/sessions/${id}/result`);
    result = body ?? {};
    return status === 200;
  });
  return result;
};

it('starts a session of a plan, and shows what it came to', async () => {
  const { status, headers, body } = await user.post('/v1/sessions', { plan: planOf('hello'), inputs: { who: 'Bob' } });
  const self = `/v1/sessions/${String(body?.['id'])}`;
  expect([status, headers.get('location'), body?.['plan']]).toEqual([
    202,
    self,
    { name: 'hello', hash: expect.any(String) },
  ]);
  const result = await ended(String(body?.['id']));
  expect(result).toMatchObject({ status: 'succeeded', progress: { total: 1, succeeded: 1, percent: 100 } });
  const { body: log } = await user.get(`${self}/events`);
  const types = (log?.['events'] as { type: string }[]).map(({ type }) => type);
  expect([types[0], types.at(-1)]).toEqual(['session-started', 'session-ended']);
});

it('takes a plan as text, with the files that it names, and reads nothing else', async () => {
  const plan = 'version: 1\nname: outer\ntasks: { inner: { plan: ./inner.yaml } }\n';
  const inner = JSON.stringify(planOf('inner'));
  const { body } = await user.post('/v1/sessions', { plan, files: { 'inner.yaml': inner } });
  expect(await ended(String(body?.['id']))).toMatchObject({ status: 'succeeded' });
  const away = await user.post('/v1/sessions', { plan: plan.replace('./inner.yaml', '../../etc/passwd') });
  expect(away).toMatchObject({ status: 422, body: { code: 'PLAN_INVALID', errors: [{ pointer: '/plan' }] } });
});

it('says what is wrong with a request, and where', async () => {
  const unknown = await user.post('/v1/sessions', { plan: planOf('p'), input: {} });
  expect(unknown).toMatchObject({
    status: 400,
    body: { code: 'USAGE', errors: [{ pointer: '/input', detail: 'unknown key "input" (did you mean "inputs"?)' }] },
  });
  expect((await user.get('/v1/sessions?limit=0')).body).toMatchObject({
    code: 'USAGE',
    errors: [{ pointer: '/limit', in: 'query' }],
  });
  expect((await user.post('/v1/sessions', { plan: planOf('p'), inputs: { who: 1 } })).body).toMatchObject({
    code: 'INPUT_INVALID',
    errors: [{ pointer: '/inputs/who', detail: 'must be a string, not a number' }],
  });
  const { body: unplaced } = await user.post('/v1/sessions', {
    plan: { version: 1, name: 'p', tasks: { fly: { agent: { capability: 'flight' } } } },
  });
  expect(unplaced).toMatchObject({ code: 'PLAN_INVALID', errors: [{ pointer: '/plan/tasks/fly/agent' }] });
});

it('says where an edited plan asks for agents that there are not, of tasks that it adds', async () => {
  await installation.agents.add('default', [definitionOf('leaving')]);
  const { tasks, ...rest } = planOf('edited', slow) as { tasks: object };
  const begun = { ...rest, tasks: { ...tasks, later: { agent: 'leaving', needs: ['greet'] } } };
  const id = await start(begun);
  await installation.agents.remove({ workspace: 'default', name: 'leaving' });
  const url = `/v1/sessions/${id}/plan`;
  const headers = { 'if-match': (await user.get(url)).headers.get('etag') ?? '' };
  const files = { 'inner.yaml': 'version: 1\nname: inner\ntasks: { go: { agent: nobody } }\n' };
  const more = { fly: { agent: { capability: 'flight' } }, inner: { plan: 'inner.yaml' } };
  const edited = { ...begun, tasks: { ...begun.tasks, ...more } };
  const pointers = async (plan: unknown): Promise<unknown> => {
    const { status, body } = await user.send('PUT', url, { body: { plan, files }, headers });
    expect([status, body?.['code']]).toEqual([422, 'PLAN_INVALID']);
    return (body?.['errors'] as { pointer: string }[]).map(({ pointer }) => pointer).sort();
  };
  expect(await pointers(edited)).toEqual(['/files/inner.yaml', '/plan/tasks/fly/agent']);
  expect(await pointers(JSON.stringify(edited))).toEqual(['/files/inner.yaml', '/plan']);
  await user.post(`/v1/sessions/${id}/cancel`);
});

it('lets nobody bring commands who may not manage agents', async () => {
  const plan = { version: 1, name: 'command', tasks: { run: { run: ['true'] } } };
  expect(await user.post('/v1/sessions', { plan })).toMatchObject({ status: 403, body: { code: 'TOKEN_FORBIDDEN' } });
  const outer = { version: 1, name: 'outer', tasks: { inner: { plan } } };
  expect(await user.post('/v1/sessions', { plan: outer })).toMatchObject({ status: 403 });
  const { status, body } = await manager.post('/v1/sessions', { plan });
  expect(status).toBe(202);
  expect(await ended(String(body?.['id']))).toMatchObject({ status: 'succeeded' });
});

it('gives the same answer to a request that is repeated with its key, and starts once', async () => {
  const key = { 'idempotency-key': randomUUID() };
  const request = { plan: planOf('once') };
  const first = await user.post('/v1/sessions', request, key);
  const again = await user.post('/v1/sessions', request, key);
  expect(again.body).toEqual(first.body);
  expect([again.status, again.headers.get('location'), again.headers.get('idempotency-replayed')]).toEqual([
    202,
    first.headers.get('location'),
    'true',
  ]);
  const other = await user.post('/v1/sessions', { plan: planOf('other') }, key);
  expect(other).toMatchObject({ status: 422, body: { code: 'IDEMPOTENCY_KEY_REUSED' } });
  // Keys of others are of no account.
  expect((await manager.post('/v1/sessions', { plan: planOf('other') }, key)).status).toBe(202);
});

it('starts a session once when its request comes many times at once, and when its answer was lost', async () => {
  const key = { 'idempotency-key': randomUUID() };
  const request = { plan: planOf('rush') };
  const answers = await Promise.all(Array.from({ length: 8 }, () => user.post('/v1/sessions', request, key)));
  expect(answers.map(({ status }) => status).filter((status) => status !== 202 && status !== 409)).toEqual([]);
  const [winner] = answers.filter(({ status }) => status === 202);
  await installation.pool.query(`DELETE FROM idempotency_keys WHERE key = $1`, [key['idempotency-key']]);
  const later = await user.post('/v1/sessions', request, key);
  expect(later.body?.['id']).toBe(winner?.body?.['id']);
  const { rows } = await installation.pool.query(`SELECT id FROM sessions WHERE plan_name = 'rush'`);
  expect(rows).toHaveLength(1);
});

it('is retried once, and judged once, by requests whose answers were lost', async () => {
  const failing = { connector: 'simulated', latency: '1ms', script: ['failed'] };
  const tasks = { greet: { agent: 'ada', retry: { attempts: 1 } } };
  const id = await start({ version: 1, name: 'failing', agents: { ada: failing }, tasks });
  await ended(id);
  const self = `/v1/sessions/${id}`;
  const judged = await done(installation, user, `${self}/tasks/greet/feedback`, { rating: 2 });
  expect(judged.first.body).toEqual({ run: 'greet', attempt: 1, agent: 'ada' });
  const retried = await done(installation, user, `${self}/retry`);
  expect(retried.first.body).toEqual({ id, status: 'running' });
  const attempts = async (): Promise<unknown> => (await user.get(`${self}/tasks/greet`)).body?.['attempts'];
  await until('it is tried again', async () => (await attempts()) === 2);
  await ended(id);
  expect((await judged.again()).body).toEqual(judged.first.body);
  const { rows } = await installation.pool.query('SELECT attempt FROM outcome_feedback WHERE session = $1', [id]);
  expect(rows).toEqual([{ attempt: 1 }]);
  expect((await retried.again()).body).toEqual({ id, status: 'failed' });
  expect(await attempts()).toBe(2);
});

it('lists sessions page by page, newest first', async () => {
  const ids: string[] = [];
  for (let n = 0; n < 5; n++) ids.unshift(await start(planOf(`page-${n}`)));
  const seen: string[] = [];
  let cursor: string | null = null;
  do {
    const { body } = await user.get(`/v1/sessions?limit=2${cursor === null ? '' : `&cursor=${cursor}`}`);
    seen.push(...(body?.['sessions'] as { id: string }[]).map(({ id }) => id));
    cursor = body?.['next'] as string | null;
  } while (cursor !== null);
  expect(seen.slice(0, 5)).toEqual(ids);
  expect(new Set(seen).size).toBe(seen.length);
  expect((await user.get('/v1/sessions?cursor=!')).body).toMatchObject({ code: 'USAGE' });
});

it('says when nothing has changed', async () => {
  const id = await start(planOf('etag'));
  await ended(id);
  const { headers } = await user.get(`/v1/sessions/${id}`);
  const known = { 'if-none-match': headers.get('etag') ?? '' };
  expect(await user.get(`/v1/sessions/${id}`, known)).toMatchObject({ status: 304, body: null });
});

it('pauses, resumes, cancels and retries', async () => {
  const id = await start(planOf('controlled', slow));
  const url = `/v1/sessions/${id}`;
  expect((await user.post(`${url}/pause`, { now: true })).body).toEqual({ id, status: 'paused' });
  expect((await user.post(`${url}/resume`)).body).toEqual({ id, status: 'running' });
  expect((await user.post(`${url}/cancel`, { reason: 'enough' })).status).toBe(200);
  expect(await ended(id)).toMatchObject({ status: 'cancelled' });
  expect(await user.post(`${url}/pause`)).toMatchObject({ status: 409, body: { code: 'COMMAND_REFUSED' } });
  expect((await user.post(`${url}/retry`)).body).toEqual({ id, status: 'running' });
  await user.post(`${url}/cancel`);
  await ended(id);
  expect(await user.post('/v1/sessions/nobody/pause')).toMatchObject({
    status: 404,
    body: { code: 'SESSION_NOT_FOUND' },
  });
});

it('goes on with a plan that was edited from the present one, and from no other', async () => {
  const id = await start(planOf('edited', slow));
  const url = `/v1/sessions/${id}/plan`;
  const { headers, body } = await user.get(url);
  const plan = body?.['plan'] as { tasks: Record<string, object> };
  const edited = { ...plan, tasks: { ...plan.tasks, more: { agent: 'ada', needs: ['greet'] } } };
  const put = (tag?: string): Promise<{ status: number; body: unknown }> =>
    user.send('PUT', url, { body: { plan: edited }, ...(tag !== undefined && { headers: { 'if-match': tag } }) });
  expect(await put()).toMatchObject({ status: 428, body: { code: 'PRECONDITION_REQUIRED' } });
  const tag = headers.get('etag') ?? '';
  expect(await put(tag)).toMatchObject({ status: 200, body: { id, status: 'running' } });
  expect(await put(tag)).toMatchObject({ status: 412, body: { code: 'PRECONDITION_FAILED' } });
  expect((await user.get(`/v1/sessions/${id}`)).body).toMatchObject({ progress: { total: 2 } });
  await user.post(`/v1/sessions/${id}/cancel`);
});

it('says that a request is being answered as long as it is, and then gives its answer', async () => {
  const key = { 'idempotency-key': randomUUID() };
  const request = { plan: planOf('held') };
  const holder = await installation.pool.connect();
  let first: Promise<Answer> | undefined;
  try {
    await holder.query('BEGIN');
    // No session can be begun.
    await holder.query('LOCK TABLE sessions IN SHARE MODE');
    first = user.post('/v1/sessions', request, key);
    await until('it has begun', async () => {
      const { rows } = await installation.pool.query('SELECT FROM idempotency_keys WHERE key = $1', [
        key['idempotency-key'],
      ]);
      return rows.length === 1;
    });
    const busy = await user.post('/v1/sessions', request, key);
    expect(busy).toMatchObject({ status: 409, body: { code: 'IDEMPOTENCY_KEY_BUSY' } });
    expect(Number(busy.headers.get('retry-after'))).toBeGreaterThan(0);
    const other = await user.post('/v1/sessions', { plan: planOf('other') }, key);
    expect(other).toMatchObject({ status: 422, body: { code: 'IDEMPOTENCY_KEY_REUSED' } });
  } finally {
    await holder.query('ROLLBACK');
    holder.release();
  }
  const answer = await first;
  expect(answer.status).toBe(202);
  const again = await user.post('/v1/sessions', request, key);
  expect(again).toMatchObject({ status: 202, body: answer.body });
  expect(again.headers.get('idempotency-replayed')).toBe('true');
});
