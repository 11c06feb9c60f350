import { randomBytes } from 'node:crypto';
import { openTestInstallation } from '../helpers/servers/test-installation';
import type { TestInstallation } from '../helpers/servers/test-installation';
import { until } from '../helpers/until';
import { ApiClient, tokenOf } from './api-client';

let installation: TestInstallation;
let user: ApiClient;
let viewer: ApiClient;
let stranger: ApiClient;
const made: string[] = [];

beforeAll(async () => {
  installation = await openTestInstallation();
  const [api] = await Promise.all([installation.startApi(), installation.startWorkers()]);
  user = new ApiClient(api.url, await tokenOf(installation, 'user'));
  viewer = new ApiClient(api.url, await tokenOf(installation, 'viewer'));
  stranger = new ApiClient(api.url, await tokenOf(installation, 'user', 'elsewhere'));
});
afterAll(async () => {
  // All tests share a server.
  for (const name of made) await installation.client.schedules.remove(name).catch(() => undefined);
  await installation.close();
});

const planOf = (latency = '1ms'): object => ({
  version: 1,
  name: 'nightly',
  agents: { ada: { connector: 'simulated', latency, output: '${{ inputs.who }}' } },
  tasks: { greet: { agent: 'ada' } },
  inputs: { who: { type: 'string', required: true } },
  outputs: { said: '${{ tasks.greet.output }}' },
});
/** Long before or after any run of the tests. */
const yearly = '0 3 29 2 *';
/** The same, each hour of a day. */
const hourly = '0 * 5 1 *';

async function create(more: object = {}): Promise<string> {
  const name = `s${randomBytes(5).toString('hex')}`;
  const request = { name, plan: planOf(), inputs: { who: 'Ada' }, cron: yearly, ...more };
  const { status, body } = await user.post('/v1/schedules', request);
  expect([status, body?.['detail']]).toEqual([201, undefined]);
  made.push(name);
  return name;
}

const recent = async (name: string): Promise<{ session: string; scheduledAt: string }[]> =>
  (await user.get(`/v1/schedules/${name}`)).body?.['recent'] as { session: string; scheduledAt: string }[];

async function sessionsOf(name: string, count: number): Promise<string[]> {
  let sessions: string[] = [];
  await until(`${count} runs of ${name}`, async () => {
    sessions = (await recent(name)).map(({ session }) => session);
    return sessions.length >= count;
  });
  return sessions;
}

it('shows when it will run, in its time zone', async () => {
  const name = await create({ cron: ['30 4 * * *'], timeZone: 'Asia/Tokyo', overlap: 'buffer-one', catchUp: '1h' });
  const { body } = await viewer.get(`/v1/schedules/${name}`);
  expect(body).toMatchObject({
    name,
    plan: { name: 'nightly' },
    timeZone: 'Asia/Tokyo',
    overlap: 'buffer-one',
    catchUpMs: 3_600_000,
    paused: false,
    recent: [],
    problem: null,
  });
  const next = body?.['next'] as string[];
  expect(next.length).toBeGreaterThan(1);
  // 04:30 in Tokyo.
  expect(new Set(next.map((time) => time.slice(10)))).toEqual(new Set(['T19:30:00.000Z']));
  const { schedules } = (await viewer.get('/v1/schedules')).body as { schedules: { name: string }[] };
  expect(schedules.map((one) => one.name)).toContain(name);
});

it('runs its plan when it is triggered, also while it is paused, with its inputs', async () => {
  const name = await create({ paused: true });
  const { status, headers, body } = await user.post(`/v1/schedules/${name}/trigger`);
  const self = `/v1/schedules/${name}`;
  expect([status, headers.get('location'), body?.['links']]).toEqual([202, self, expect.objectContaining({ self })]);
  const [id = ''] = await sessionsOf(name, 1);
  expect(id).toMatch(new RegExp(`^${name}-\\d{8}T\\d{6}Z$`));
  await until('its session is there', async () => (await user.get(`/v1/sessions/${id}`)).status === 200);
  const overview = await installation.client.handle(id).result();
  expect(overview).toMatchObject({ status: 'succeeded', outputs: { said: 'Ada' } });
});

it('runs once for each trigger, however close together they are, and once for one that is repeated', async () => {
  const name = await create({ overlap: 'allow-all' });
  const trigger = async (key: string): Promise<number> =>
    (await user.post(`/v1/schedules/${name}/trigger`, {}, { 'idempotency-key': `${name}-${key}` })).status;
  const keys = ['one', 'two', 'three', 'four'];
  expect(await Promise.all(keys.map(trigger))).toEqual([202, 202, 202, 202]);
  expect(await trigger('one')).toBe(202);
  const sessions = await sessionsOf(name, keys.length);
  expect(new Set(sessions).size).toBe(keys.length);
  for (const id of sessions) {
    await until('its session is there', async () => (await user.get(`/v1/sessions/${id}`)).status === 200);
    expect((await installation.client.handle(id).result()).status).toBe('succeeded');
  }
  expect(await recent(name)).toHaveLength(keys.length);
});

it('loses nothing of what is asked for at the same time', async () => {
  const name = await create({ overlap: 'allow-all', cron: hourly });
  const ask = async (what: string, body: object = {}): Promise<number> =>
    (await user.post(`/v1/schedules/${name}/${what}`, body)).status;
  const asked = await Promise.all([
    ask('backfill', { from: '2020-01-05T00:30:00Z', to: '2020-01-05T02:30:00Z' }),
    ask('trigger'),
    ask('pause', { note: 'holidays' }),
    ask('trigger'),
  ]);
  expect(asked).toEqual([202, 202, 200, 202]);
  expect(await sessionsOf(name, 4)).toEqual(
    expect.arrayContaining([`${name}-20200105T010000Z`, `${name}-20200105T020000Z`]),
  );
  expect((await user.get(`/v1/schedules/${name}`)).body).toMatchObject({ paused: true, note: 'holidays' });
});

it('loses no pause to a change at the same time, and what it shows of two changes is one of them', async () => {
  const name = await create();
  const change = (cron: string): Promise<{ status: number }> =>
    user.send('PUT', `/v1/schedules/${name}`, { body: { plan: planOf(), inputs: { who: 'Ada' }, cron } });
  for (let round = 0; round < 5; round++) {
    const answers = await Promise.all([
      change('7 4 * * *'),
      user.post(`/v1/schedules/${name}/pause`, { note: 'holidays' }),
      change('8 5 * * *'),
    ]);
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
    const { body } = await user.get(`/v1/schedules/${name}`);
    const [next] = body?.['next'] as string[];
    const cron = `${Number(next?.slice(14, 16))} ${Number(next?.slice(11, 13))} * * *`;
    expect(body).toMatchObject({ paused: true, note: 'holidays', cron: [cron] });
    await user.post(`/v1/schedules/${name}/resume`);
  }
});

it('is made by one of those who ask for the same name at once, and is whole or gone when it is removed meanwhile', async () => {
  const name = `s${randomBytes(5).toString('hex')}`;
  made.push(name);
  const request = { name, plan: planOf(), inputs: { who: 'Ada' }, cron: yearly };
  const add = async (): Promise<number> => (await user.post('/v1/schedules', request)).status;
  expect((await Promise.all([add(), add(), add()])).sort()).toEqual([201, 409, 409]);
  for (let round = 0; round < 5; round++) {
    await Promise.all([user.send('DELETE', `/v1/schedules/${name}`), add()]);
    const { status, body } = await user.get(`/v1/schedules/${name}`);
    if (status === 200) expect(body?.['next']).not.toEqual([]);
    else expect(await add()).toBe(201);
  }
});

it('is paused with a note, and resumed', async () => {
  const name = await create();
  const paused = await user.post(`/v1/schedules/${name}/pause`, { note: 'holidays' });
  expect(paused.body).toMatchObject({ paused: true, note: 'holidays' });
  expect((await user.post(`/v1/schedules/${name}/resume`)).body).toMatchObject({ paused: false });
});

it('makes up for the times of a period, one session each', async () => {
  const name = await create({ cron: hourly, overlap: 'skip' });
  const period = { from: '2020-01-05T00:30:00Z', to: '2020-01-05T03:30:00Z', overlap: 'buffer-all' };
  expect((await user.post(`/v1/schedules/${name}/backfill`, period)).status).toBe(202);
  const sessions = await sessionsOf(name, 3);
  expect([...sessions].sort()).toEqual(['01', '02', '03'].map((hour) => `${name}-20200105T${hour}0000Z`));
  await until('all are there', async () => (await viewer.get(`/v1/sessions/${sessions[0]}`)).status === 200);
  for (const id of sessions) expect((await installation.client.handle(id).result()).status).toBe('succeeded');
  const wrong = await user.post(`/v1/schedules/${name}/backfill`, { from: period.to, to: period.from });
  expect(wrong).toMatchObject({ status: 422, body: { code: 'SCHEDULE_INVALID', errors: [{ pointer: '/from' }] } });
  const future = { from: period.from, to: new Date(Date.now() + 86_400_000).toISOString() };
  expect(await user.post(`/v1/schedules/${name}/backfill`, future)).toMatchObject({
    status: 422,
    body: { code: 'SCHEDULE_INVALID', errors: [{ pointer: '/to' }] },
  });
});

it('says which expression has a time that there is not', async () => {
  const request = { name: 'no-such-minute', plan: planOf(), inputs: { who: 'Ada' }, cron: ['61 * * * *'] };
  expect(await user.post('/v1/schedules', request)).toMatchObject({
    status: 422,
    body: {
      code: 'SCHEDULE_INVALID',
      errors: [{ pointer: '/cron', detail: expect.stringContaining('"61 * * * *": ') as string }],
    },
  });
});

it('cancels the run before, where its overlap says so: agents are stopped, and results kept', async () => {
  const name = await create({ plan: planOf('10m'), overlap: 'cancel-other' });
  await user.post(`/v1/schedules/${name}/trigger`);
  const [first = ''] = await sessionsOf(name, 1);
  await until('it runs', async () => (await user.get(`/v1/sessions/${first}`)).body?.['status'] === 'running');
  await user.send('PUT', `/v1/schedules/${name}`, {
    body: { plan: planOf(), inputs: { who: 'Bob' }, cron: yearly, overlap: 'cancel-other' },
  });
  await user.post(`/v1/schedules/${name}/trigger`);
  expect((await installation.client.handle(first).result()).status).toBe('cancelled');
  const second = (await sessionsOf(name, 2)).find((id) => id !== first) ?? '';
  await until('the next is there', async () => (await user.get(`/v1/sessions/${second}`)).status === 200);
  expect((await installation.client.handle(second).result()).outputs).toEqual({ said: 'Bob' });
});

it('tells why its latest run could not be started', async () => {
  const tasks = { greet: { agent: { capability: 'fly' } } };
  const name = await create({ plan: { version: 1, name: 'nightly', tasks }, inputs: {} });
  await user.post(`/v1/schedules/${name}/trigger`);
  await until('it is told', async () => (await user.get(`/v1/schedules/${name}`)).body?.['problem'] !== null);
  expect((await user.get(`/v1/schedules/${name}`)).body?.['problem']).toContain('none of the registry');
});

it('is removed, and is nobody else`s', async () => {
  const name = await create();
  for (const [method, path] of [
    ['GET', ''],
    ['DELETE', ''],
    ['POST', '/trigger'],
    ['POST', '/pause'],
  ] as const) {
    const answer = await stranger.send(method, `/v1/schedules/${name}${path}`, method === 'POST' ? { body: {} } : {});
    expect(answer).toMatchObject({ status: 404, body: { code: 'SCHEDULE_NOT_FOUND' } });
  }
  expect((await stranger.get('/v1/schedules')).body).toEqual({ schedules: [], next: null });
  expect((await viewer.send('DELETE', `/v1/schedules/${name}`)).status).toBe(403);
  expect(await user.post('/v1/schedules', { name, plan: planOf(), inputs: { who: 'x' }, cron: yearly })).toMatchObject({
    status: 409,
    body: { code: 'SCHEDULE_EXISTS' },
  });
  expect((await user.send('DELETE', `/v1/schedules/${name}`)).status).toBe(204);
  expect((await user.get(`/v1/schedules/${name}`)).status).toBe(404);
  const described = installation.temporal.schedule.getHandle(`default/schedule/${name}`).describe();
  await expect(described).rejects.toThrow();
});

it.each([
  [{ cron: 'now and then' }, 'SCHEDULE_INVALID', 'is no cron expression', '/cron'],
  [{ cron: ['@daily', 'now'] }, 'SCHEDULE_INVALID', 'is no cron expression', '/cron/1'],
  [{ cron: '99 3 * * *' }, 'SCHEDULE_INVALID', 'cannot be used', '/cron'],
  [{ timeZone: 'Mars/Olympus' }, 'SCHEDULE_INVALID', 'is no time zone', '/timeZone'],
  [{ catchUp: '1s' }, 'USAGE', 'must be at least', '/catchUp'],
  [{ overlap: 'panic' }, 'USAGE', 'overlap', '/overlap'],
  [{ inputs: {} }, 'INPUT_INVALID', 'who', '/inputs/who'],
  [{ plan: { version: 1, name: 'p', tasks: {} } }, 'PLAN_INVALID', 'task', '/plan/tasks'],
])('says what is wrong with %j, and where, and leaves nothing behind', async (more, code, words, pointer) => {
  const name = `s${randomBytes(5).toString('hex')}`;
  const request = { name, plan: planOf(), inputs: { who: 'Ada' }, cron: yearly, ...more };
  const { body } = await user.post('/v1/schedules', request);
  expect([body?.['code'], body?.['detail']]).toEqual([code, expect.stringContaining(words)]);
  expect(body?.['errors']).toMatchObject([{ pointer }]);
  expect((await user.get(`/v1/schedules/${name}`)).status).toBe(404);
});
