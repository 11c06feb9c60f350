import { randomBytes } from 'node:crypto';
import { openTestInstallation } from '../helpers/servers/test-installation';
import type { TestInstallation } from '../helpers/servers/test-installation';
import { until } from '../helpers/until';
import { ApiClient, tokenOf } from './api-client';
import type { Answer } from './api-client';

let installation: TestInstallation;
let admin: ApiClient;
let elsewhere: ApiClient;

beforeAll(async () => {
  // Receivers have secrets.
  installation = await openTestInstallation({ ORCHESTRA_SECRET_KEYS: `k1:${randomBytes(32).toString('base64')}` });
  const api = await installation.startApi();
  admin = new ApiClient(api.url, await tokenOf(installation, 'admin'));
  elsewhere = new ApiClient(api.url, await tokenOf(installation, 'admin', 'elsewhere'));
});
afterAll(async () => {
  // All tests share a server.
  await installation.client.schedules.remove(schedule.name).catch(() => undefined);
  await installation.close();
});

const agent = { name: 'writer', connector: 'http', url: 'https://agents.example.org/run' };
const schedule = {
  name: `s${randomBytes(5).toString('hex')}`,
  plan: {
    version: 1,
    name: 'nightly',
    agents: { ada: { connector: 'simulated' } },
    tasks: { greet: { agent: 'ada' } },
    inputs: { who: { type: 'string', required: true } },
  },
  // Long before or after any run of the tests.
  cron: '0 3 29 2 *',
};
const webhook = { name: 'team', url: 'https://hooks.example.org/made', types: ['session-ended'] };
const { name: _, ...times } = schedule;

interface Thing {
  kind: string;
  url: string;
  make(): Promise<Answer>;
  method: 'PUT' | 'PATCH';
  /** A change that shows in the thing. */
  change(mark: string): object;
  markOf(body: Record<string, unknown>): unknown;
  row: string;
  /** How many changes wait for the row at once: those of a schedule wait for one another before. */
  waiting: number;
}

const things: Thing[] = [
  {
    kind: 'an agent',
    url: `/v1/agents/${agent.name}`,
    make: () => admin.post('/v1/agents', agent),
    method: 'PUT',
    change: (mark) => ({ ...agent, description: mark }),
    markOf: ({ description }) => description,
    row: `agents WHERE name = '${agent.name}'`,
    waiting: 5,
  },
  {
    kind: 'a schedule',
    url: `/v1/schedules/${schedule.name}`,
    make: () => admin.post('/v1/schedules', { ...schedule, inputs: { who: 'made' } }),
    method: 'PUT',
    change: (mark) => ({ ...times, inputs: { who: mark } }),
    markOf: ({ inputs }) => (inputs as { who: string }).who,
    row: `schedules WHERE name = '${schedule.name}'`,
    waiting: 1,
  },
  {
    kind: 'a webhook',
    url: `/v1/webhooks/${webhook.name}`,
    make: () => admin.post('/v1/webhooks', webhook),
    method: 'PATCH',
    change: (mark) => ({ url: `https://hooks.example.org/${mark}` }),
    markOf: ({ url }) => String(url).split('/').at(-1),
    row: `webhooks WHERE name = '${webhook.name}'`,
    waiting: 5,
  },
  {
    kind: 'an alert rule',
    url: '/v1/alerts/failing',
    make: () => admin.send('PUT', '/v1/alerts/failing', { body: { metric: 'success-rate', raiseAt: 0.8 } }),
    method: 'PUT',
    change: (mark) => ({ metric: 'success-rate', raiseAt: 0.8, agent: mark }),
    markOf: ({ agent: named }) => named,
    row: `alert_rules WHERE name = 'failing'`,
    waiting: 5,
  },
  {
    kind: 'settings',
    url: '/v1/settings',
    make: () => admin.send('PATCH', '/v1/settings', { body: { set: { strategy: 'cheapest' } } }),
    method: 'PATCH',
    change: (mark) => ({ set: { 'prefer.code/bug-fix': mark } }),
    markOf: ({ settings }) => (settings as Record<string, unknown>)['prefer.code/bug-fix'],
    row: `workspace_settings WHERE workspace = 'default'`,
    waiting: 5,
  },
  {
    kind: 'a workspace',
    url: '/v1/workspaces/default',
    make: () => admin.send('PATCH', '/v1/workspaces/default', { body: { title: 'made' } }),
    method: 'PATCH',
    change: (mark) => ({ title: mark }),
    markOf: ({ title }) => title,
    row: `workspaces WHERE workspace = 'default'`,
    waiting: 5,
  },
];

const refused = { status: 412, body: { code: 'PRECONDITION_FAILED' } };
const tagOf = async (url: string): Promise<string> => (await admin.get(url)).headers.get('etag') ?? '';
const send = (method: string, url: string, tag: string | undefined, body?: object): Promise<Answer> =>
  admin.send(method, url, { ...(body && { body }), ...(tag !== undefined && { headers: { 'if-match': tag } }) });

describe.each(things)('$kind', ({ url, make, method, change, markOf, row, waiting }) => {
  const put = (mark: string, tag?: string): Promise<Answer> => send(method, url, tag, change(mark));
  const shown = async (): Promise<unknown> => markOf((await admin.get(url)).body ?? {});

  beforeAll(async () => {
    expect((await make()).body).toHaveProperty('etag');
  });

  it('is changed by who names what it is, and not by who names what it was', async () => {
    const tag = await tagOf(url);
    expect(tag).toMatch(/^"[\w-]{27}\.[\w-]{27}"$/);
    expect((await put('first', tag)).status).toBe(200);
    const before = (await admin.get(url)).body;
    for (const old of [tag, '"nonsense"', `"nonsense", ${tag}`])
      expect(await put('second', old)).toMatchObject(refused);
    expect((await admin.get(url)).body).toEqual(before);
    expect(markOf(before ?? {})).toBe('first');
  });

  it('takes the etag in the answer, one of several, one that a proxy made weak, any, and none', async () => {
    const tags: Record<string, (tag: string) => string | undefined> = {
      body: (tag) => tag.replace(/\..*"$/, '"'),
      several: (tag) => `"nonsense", ${tag}`,
      weak: (tag) => `W/${tag}`,
      any: () => '*',
      none: () => undefined,
    };
    for (const [mark, tag] of Object.entries(tags)) {
      const { status, body } = await put(mark, tag(await tagOf(url)));
      expect([status, markOf(body ?? {})]).toEqual([200, mark]);
      // The answer to a change says what the next one is made from.
      expect((await put(`${mark}-next`, `"${String(body?.['etag'])}"`)).status).toBe(200);
    }
  });

  it('is changed by one of those who change the same version at once', async () => {
    const tag = await tagOf(url);
    const marks = ['ada', 'bob', 'cleo', 'dan', 'eve'];
    const held = await installation.pool.connect();
    let answers: Promise<Answer[]>;
    try {
      await held.query('BEGIN');
      await held.query(`SELECT FROM ${row} FOR NO KEY UPDATE`);
      answers = Promise.all(marks.map((mark) => put(mark, tag)));
      await until('they wait for the row', async () => {
        const { rows } = await installation.pool.query<{ waiting: number }>(
          `SELECT count(*)::int AS waiting FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
        );
        return (rows[0]?.waiting ?? 0) >= waiting;
      });
    } finally {
      await held.query('COMMIT');
      held.release();
    }
    const statuses = (await answers).map(({ status }) => status);
    expect([...statuses].sort()).toEqual([200, 412, 412, 412, 412]);
    expect(await shown()).toBe(marks[statuses.indexOf(200)]);
  });
});

describe.each(things.slice(0, 4))('$kind', ({ url, method, change }) => {
  it('is removed by one of those who name what it is, and by nobody who names what it was', async () => {
    const old = await tagOf(url);
    expect((await send(method, url, old, change('last'))).status).toBe(200);
    expect(await send('DELETE', url, old)).toMatchObject(refused);
    const tag = await tagOf(url);
    const removals = await Promise.all([send('DELETE', url, tag), send('DELETE', url, tag)]);
    expect(removals.filter(({ status }) => status < 300)).toHaveLength(1);
    expect((await admin.get(url)).status).toBe(404);
  });
});

it('what happens to a thing makes its answer another one, and refuses no change of it', async () => {
  await admin.post('/v1/agents', agent);
  const url = `/v1/agents/${agent.name}`;
  const tag = await tagOf(url);
  expect((await admin.get(url, { 'if-none-match': tag })).status).toBe(304);
  await admin.post(`${url}/quarantine`, { why: 'it lies' });
  expect(await admin.get(url, { 'if-none-match': tag })).toMatchObject({ status: 200, body: { status: 'error' } });
  expect((await send('PUT', url, tag, { ...agent, description: 'Writes.' })).status).toBe(200);
});

it('nothing is made where a version is named, or any', async () => {
  const url = '/v1/alerts/never';
  for (const tag of ['*', '"nonsense"']) {
    expect(await send('PUT', url, tag, { metric: 'queue', raiseAt: 5 })).toMatchObject(refused);
  }
  expect(await admin.get(url)).toMatchObject({ status: 404, body: { code: 'ALERT_NOT_FOUND' } });
  expect((await send('DELETE', url, '*')).status).toBe(404);
  const own = '/v1/workspaces/elsewhere';
  const headers = { 'if-match': '"nonsense"' };
  expect(await elsewhere.send('PATCH', own, { body: { title: 'Made' }, headers })).toMatchObject(refused);
  expect(await elsewhere.get(own)).toMatchObject({ status: 200, body: { title: '', createdAt: null } });
});

it('a plan that is refused is not kept', async () => {
  await admin.post('/v1/schedules', { ...schedule, inputs: { who: 'made' } });
  const plan = { ...schedule.plan, name: 'refused' };
  const url = `/v1/schedules/${schedule.name}`;
  expect(await send('PUT', url, '"nonsense"', { ...times, plan, inputs: { who: 'Ada' } })).toMatchObject(refused);
  expect((await admin.get('/v1/plans/refused/versions')).status).toBe(404);
});
