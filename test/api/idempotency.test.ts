import { randomBytes } from 'node:crypto';
import { createIdempotencyStore } from '../../src/stores/idempotency';
import { createProposalStore } from '../../src/stores/proposals';
import { definitionOf } from '../helpers/agent-definitions';
import { openTestInstallation } from '../helpers/servers/test-installation';
import type { TestInstallation } from '../helpers/servers/test-installation';
import { settingsProposal } from '../helpers/settings-proposal';
import { until } from '../helpers/until';
import { ApiClient, document, tokenOf } from './api-client';
import type { Answer } from './api-client';
import { done, forgetAnswer } from './lost-answers';

let installation: TestInstallation;
let admin: ApiClient;
let url: string;

beforeAll(async () => {
  // Receivers have secrets.
  installation = await openTestInstallation({ ORCHESTRA_SECRET_KEYS: `k1:${randomBytes(32).toString('base64')}` });
  ({ url } = await installation.startApi());
  admin = new ApiClient(url, await tokenOf(installation, 'admin'));
  await installation.agents.add('default', [
    definitionOf('writer', { probe: { command: ['true'], timeoutMs: 1_000, exitCode: 0 } }),
    definitionOf('far', { connector: { connector: 'remote' } }),
  ]);
  await installation.pool.query('CREATE SEQUENCE answers; GRANT USAGE ON SEQUENCE answers TO orchestra_app');
});
afterAll(async () => {
  // All tests share a server.
  for (const name of [schedule, `${schedule}-made`, `${schedule}-taken`]) {
    await installation.client.schedules.remove(name).catch(() => undefined);
  }
  await installation.close();
});

const plan = {
  version: 1,
  name: 'nightly',
  agents: { ada: { connector: 'simulated' } },
  tasks: { greet: { agent: 'ada' } },
};
const schedule = `s${randomBytes(5).toString('hex')}`;

/** By its operation: what makes something of which there may be one of a name. */
const named: Record<string, object> = {
  '/v1/agents': { name: 'made', connector: 'remote' },
  '/v1/agent-imports/card': {
    card: {
      ...{ name: 'carded', description: 'Reviews changes.' },
      supportedInterfaces: [{ url: 'https://agents.example/', protocolBinding: 'JSONRPC', protocolVersion: '1.0' }],
      skills: [{ id: 'code.review', name: 'Review', description: 'Reviews.', tags: ['typescript'] }],
    },
  },
  '/v1/agent-imports/markdown': { text: '---\nname: written\nconnector: remote\n---\nWrite well.\n' },
  '/v1/schedules': { name: `${schedule}-made`, cron: '0 3 29 2 *', plan, paused: true },
  '/v1/webhooks': { name: 'made', url: 'https://hooks.example/', types: ['session-ended'] },
  '/v1/workspaces': { workspace: 'made', title: 'Made once' },
};
const question = {
  ...{ kind: 'budget', session: 's', run: 'r', attempt: 1, agent: 'writer' },
  reserves: { costMicros: 1, tokens: null, attempts: 1, timeMs: 1 },
  exceeds: [{ account: 'session/s', unit: 'costMicros', limit: 1, wanted: 1 }],
};

/** The database refuses to keep answers while this holds. */
async function refusing<T>(condition: string, work: () => Promise<T>): Promise<T> {
  await installation.pool.query(
    `CREATE FUNCTION refuse_answer() RETURNS trigger LANGUAGE plpgsql AS $$
     BEGIN IF ${condition} THEN RAISE EXCEPTION 'no answer is kept'; END IF; RETURN NEW; END $$;
     CREATE TRIGGER refuse_answer BEFORE UPDATE OF status ON idempotency_keys FOR EACH ROW EXECUTE FUNCTION refuse_answer()`,
  );
  try {
    return await work();
  } finally {
    await installation.pool.query('DROP FUNCTION refuse_answer CASCADE');
  }
}

const memories = '/v1/agents/writer/memories';
const remember = (text: string): Promise<Answer> =>
  admin.post(memories, { text }, { 'idempotency-key': `key of ${text}`.replaceAll(' ', '-') });
const remembered = async (text: string): Promise<unknown[]> =>
  ((await admin.get(memories)).body?.['memories'] as { text: string }[]).filter((one) => one.text === text);

it('what was done is said to be done, and not done again, where its answer cannot be kept', async () => {
  await refusing('true', async () => {
    expect((await remember('once')).status).toBe(201);
    expect(await remember('once')).toMatchObject({ status: 409, body: { code: 'IDEMPOTENCY_KEY_BUSY' } });
  });
  expect(await remembered('once')).toHaveLength(1);
});

it('an answer that cannot be kept at once is kept a moment later', async () => {
  const first = await refusing(`nextval('answers') = 1`, () => remember('later'));
  expect(first.status).toBe(201);
  const again = await remember('later');
  expect([again.headers.get('idempotency-replayed'), again.body]).toEqual(['true', first.body]);
  expect(await remembered('later')).toHaveLength(1);
});

it('of two who did it, the answer of who was first to have one stays', async () => {
  const store = createIdempotencyStore(installation.pool);
  const key = { workspace: 'default', subject: 'token:test', key: 'taken-over' };
  const answerOf = (body: string) => ({ status: 200, location: null, body });
  const first = await store.claim(key, 'hash', 0);
  expect(first).toEqual({ state: 'mine', seed: expect.stringMatching(/^[0-9a-f]{32}$/) });
  expect(await store.claim(key, 'hash', 60_000)).toEqual(first);
  await store.answer(key, answerOf('of the second'));
  await store.answer(key, answerOf('of the first, too late'));
  expect(await store.claim(key, 'hash', 60_000)).toEqual({ state: 'answered', answer: answerOf('of the second') });
});

it('a key that was given back is free for any request, and keeps its seed', async () => {
  const store = createIdempotencyStore(installation.pool);
  const key = { workspace: 'default', subject: 'token:test', key: 'given-back' };
  const first = await store.claim(key, 'one', 60_000);
  await store.release(key);
  expect(await store.claim(key, 'two', 60_000)).toEqual(first);
  expect(await store.claim(key, 'two', 60_000)).toEqual({ state: 'running' });
  expect(await store.claim(key, 'one', 60_000)).toEqual({ state: 'other' });
  const another = await store.claim({ ...key, key: 'another' }, 'one', 60_000);
  expect(another).not.toEqual(first);
});

it('what another request has made with a key that was given back is that of another', async () => {
  const receiver = { name: 'given-back', url: 'https://hooks.example/', types: ['alert'] };
  const key = { 'idempotency-key': 'receiver-given-back' };
  const first = await admin.post('/v1/webhooks', receiver, key);
  const giveBack = async (): Promise<void> => {
    await forgetAnswer(installation, 'receiver-given-back');
    await installation.pool.query(`UPDATE idempotency_keys SET request_hash = '' WHERE key = 'receiver-given-back'`);
  };
  await giveBack();
  const other = await admin.post('/v1/webhooks', { ...receiver, url: 'https://other.example/' }, key);
  expect([other.status, other.body?.['code']]).toEqual([409, 'WEBHOOK_EXISTS']);
  await giveBack();
  expect((await admin.post('/v1/webhooks', receiver, key)).body).toEqual(first.body);
});

describe('what was done by a process that died before its answer was kept', () => {
  /** The answer, and that to who repeats it after the crash. */
  async function twice(path: string, body: object = {}): Promise<[Answer, Answer]> {
    const { first, again } = await done(installation, admin, path, body);
    return [first, await again()];
  }
  const rowsOf = async (table: string, where = 'true'): Promise<Record<string, unknown>[]> =>
    (await installation.pool.query<Record<string, unknown>>(`SELECT * FROM ${table} WHERE ${where}`)).rows;
  const may = (path: string, { body }: Answer): Promise<number> => {
    const headers = { authorization: `Bearer ${String(body?.['token'])}`, 'content-type': 'application/json' };
    const sent = path.endsWith('heartbeat') ? { method: 'POST', body: '{"attempts":[]}' } : {};
    return fetch(`${url}${path}`, { headers, ...sent }).then(({ status }) => status);
  };

  it('is what is known by its name, of every operation that can find a name taken', () => {
    const taken = Object.entries(document.paths).filter(([, { post }]) => /_EXISTS/.test(JSON.stringify(post ?? {})));
    expect(taken.map(([path]) => path).sort()).toEqual(Object.keys(named).sort());
  });

  it.each(Object.entries(named))('is one, and the same, of POST %s', async (path, body) => {
    const [first, second] = await twice(path, body);
    expect(first.status).toBe(201);
    expect([second.body, second.headers.get('location')]).toEqual([first.body, first.headers.get('location')]);
    for (const key of ['another', undefined]) {
      const other = await admin.post(path, body, key === undefined ? {} : { 'idempotency-key': `${key}${path}` });
      expect([other.status, other.body?.['code']]).toEqual([409, expect.stringMatching(/_EXISTS$/)]);
    }
  });

  it('is one schedule of whoever made it, where the row of a creation that was broken off was taken over', async () => {
    const name = `${schedule}-taken`;
    const times = { cron: ['0 3 29 2 *'], timeZone: 'UTC', overlap: 'skip' as const, catchUpMs: 60_000 };
    const definition = { name, planName: plan.name, planHash: 'broken off', inputs: {}, baseDirectory: '/', ...times };
    await installation.schedules.add('default', definition, 'broken off');
    const [first, second] = await twice('/v1/schedules', { ...named['/v1/schedules'], name });
    expect([first.status, second.body]).toEqual([201, first.body]);
    const { hash } = first.body?.['plan'] as { hash: string };
    const loaded = await installation.plans.load('default', hash);
    const request = { ...definition, plan: loaded.plan, hash, documents: [] };
    const { schedules } = installation.client;
    await expect(schedules.create(request, 'broken off')).rejects.toMatchObject({ code: 'SCHEDULE_EXISTS' });
  });

  it('is one decision', async () => {
    await installation.pool.query(
      `INSERT INTO approvals (workspace, id, session, run, attempt, kind, question, question_hash, status)
       VALUES ('default', 'q1', 's', 'r', 1, 'budget', $1, 'hash', 'open')`,
      [question],
    );
    const [first, second] = await twice('/v1/approvals/q1/decision', { answer: 'approved' });
    expect([first.status, second.body]).toEqual([200, first.body]);
    const other = await admin.post('/v1/approvals/q1/decision', { answer: 'approved' });
    expect(other).toMatchObject({ status: 409, body: { code: 'COMMAND_REFUSED' } });
  });

  it('is one change of settings that was proposed, and one undoing', async () => {
    await createProposalStore(installation.pool).keep('default', [settingsProposal]);
    const { id } = settingsProposal;
    const [applied, again] = await twice('/v1/optimisation/apply', { proposals: [id] });
    expect([applied.status, again.body]).toEqual([200, applied.body]);
    expect(await rowsOf('applied_proposals')).toHaveLength(1);
    const [undone, undoneAgain] = await twice(`/v1/optimisation/proposals/${id}/undo`);
    expect([undone.status, undoneAgain.body]).toEqual([200, undone.body]);
    const other = await admin.post(`/v1/optimisation/proposals/${id}/undo`);
    expect(other).toMatchObject({ status: 404, body: { code: 'PROPOSAL_NOT_FOUND' } });
  });

  it('is one token of a program, with the secret that was told', async () => {
    const [first, second] = await twice('/v1/tokens', { name: 'again', role: 'viewer' });
    expect(second.body).toMatchObject({ id: first.body?.['id'], name: 'again' });
    expect(await rowsOf('api_tokens', `name = 'again'`)).toHaveLength(1);
    expect([await may('/v1/whoami', first), await may('/v1/whoami', second)]).toEqual([401, 200]);
  });

  it('is one token of an agent, also where the first secret was used already', async () => {
    const path = '/v1/agents/far/tokens';
    const key = { 'idempotency-key': 'token-of-far' };
    const first = await admin.post(path, {}, key);
    expect(await may('/v1/agents/far/heartbeat', first)).toBe(200);
    await forgetAnswer(installation, 'token-of-far');
    const second = await admin.post(path, {}, key);
    expect(second.body?.['id']).toBe(first.body?.['id']);
    expect(await rowsOf('agent_tokens')).toHaveLength(1);
    await until('the new one is known', async () => (await may('/v1/agents/far/heartbeat', second)) === 200);
    expect(await may('/v1/agents/far/heartbeat', first)).toBe(401);
  });

  it('is one memory', async () => {
    const [first, second] = await twice(memories, { text: 'not twice' });
    expect([first.status, second.body]).toEqual([201, first.body]);
    expect(await remembered('not twice')).toHaveLength(1);
    const { createdAt } = (await admin.post(memories, { text: 'not twice' })).body ?? {};
    expect(Date.parse(String(createdAt))).toBeGreaterThan(Date.parse(String(first.body?.['createdAt'])));
  });

  it('is one rotation: what signed before it goes on to sign, beside the secret that was told', async () => {
    const made = await admin.post('/v1/webhooks', { name: 'team', url: 'https://hooks.example/', types: ['alert'] });
    const told = made.body?.['secret'];
    const secrets = async (): Promise<unknown> => {
      const id = await installation.webhooks.addTest('default', 'team');
      return (await installation.webhooks.take(1, { workspace: 'default', id }))[0]?.webhook.secrets;
    };
    const [first, second] = await twice('/v1/webhooks/team/rotate');
    expect(second.body?.['secret']).not.toBe(first.body?.['secret']);
    expect(await secrets()).toEqual([second.body?.['secret'], told]);
    const other = await admin.post('/v1/webhooks/team/rotate');
    expect(await secrets()).toEqual([other.body?.['secret'], second.body?.['secret']]);
  });

  it('is one recovery', async () => {
    const [first, second] = await twice('/v1/agents/writer/recoveries', { action: 'probe' });
    expect([second.body, second.headers.get('location')]).toEqual([first.body, first.headers.get('location')]);
    expect(await rowsOf('agent_recoveries')).toHaveLength(1);
  });

  it.each([
    ['resume', { note: 'for now' }],
    ['pause', {}],
    ['trigger', {}],
    ['backfill', { from: '2020-01-05T00:30:00Z', to: '2020-01-05T02:30:00Z', overlap: 'allow-all' }],
  ])('is one %s of a schedule', async (verb, body) => {
    await admin.post('/v1/schedules', { name: schedule, cron: '0 * * * *', plan, paused: true });
    const { temporal } = installation;
    const asked = async (): Promise<number> => {
      const { events } = await temporal.workflow
        .getHandle(`temporal-sys-scheduler:default/schedule/${schedule}`)
        .fetchHistory();
      return (events ?? []).filter((event) => event.workflowExecutionSignaledEventAttributes?.signalName === 'patch')
        .length;
    };
    const before = await asked();
    await twice(`/v1/schedules/${schedule}/${verb}`, body);
    expect(await asked()).toBe(before + 1);
  });
});
