import { createIdempotencyStore } from '../../src/stores/idempotency';
import { definitionOf } from '../helpers/agent-definitions';
import { openTestInstallation } from '../helpers/servers/test-installation';
import type { TestInstallation } from '../helpers/servers/test-installation';
import { ApiClient, tokenOf } from './api-client';
import type { Answer } from './api-client';

let installation: TestInstallation;
let admin: ApiClient;

beforeAll(async () => {
  installation = await openTestInstallation();
  const api = await installation.startApi();
  admin = new ApiClient(api.url, await tokenOf(installation, 'admin'));
  await installation.agents.add('default', [definitionOf('writer')]);
  await installation.pool.query('CREATE SEQUENCE answers; GRANT USAGE ON SEQUENCE answers TO orchestra_app');
});
afterAll(() => installation.close());

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
  expect(await store.claim(key, 'hash', 0)).toEqual({ state: 'mine' });
  expect(await store.claim(key, 'hash', 60_000)).toEqual({ state: 'mine' });
  await store.answer(key, answerOf('of the second'));
  await store.answer(key, answerOf('of the first, too late'));
  expect(await store.claim(key, 'hash', 60_000)).toEqual({ state: 'answered', answer: answerOf('of the second') });
});
