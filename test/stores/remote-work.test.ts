import { randomUUID } from 'node:crypto';
import type { Pool } from 'pg';
import type { RunTaskInput } from '../../src/contracts/protocol/activities';
import { createAgentRegistry } from '../../src/stores/agents';
import { createPool } from '../../src/stores/pool';
import { createRemoteSweepStore } from '../../src/stores/remote-sweep';
import { createRemoteWorkStore } from '../../src/stores/remote-work';
import { definitionOf } from '../helpers/agent-definitions';
import { openTestStores, testWorkspace } from './test-stores';
import type { TestStores } from './test-stores';

let stores: TestStores;
/** What is counted is counted a connection: there is one. */
let pool: Pool;

beforeAll(async () => {
  stores = await openTestStores();
  pool = createPool(stores.databaseUrl, { maxConnections: 1, asWhoConnects: true });
  await pool.query(`SET track_functions = 'all'`);
});
afterAll(async () => {
  await pool.end();
  await stores.close();
});

const agentOf = (name: string): { workspace: string; name: string } => ({ workspace: testWorkspace, name });

const answerTo = (claimId: string): { claimId: string; delivery: string } => ({ claimId, delivery: randomUUID() });

/** An attempt of each agent, offered to it. */
async function offerTo(...agents: string[]): Promise<RunTaskInput[]> {
  const session = await stores.addSession('version: 1\nname: p\ntasks: { work: { agent: anybody } }\n');
  const { rows } = await pool.query<RunTaskInput>(
    `INSERT INTO leases (workspace, session, run, attempt, agent, agent_workspace, expires_at)
     SELECT $1, $2, 'work[' || nth || ']', 1, agent, $1, now() + interval '1 hour' FROM unnest($3::text[]) WITH ORDINALITY AS x (agent, nth)
     RETURNING workspace, session, run, attempt, token`,
    [testWorkspace, session.id, agents],
  );
  const work = createRemoteWorkStore(pool);
  await Promise.all(rows.map((attempt) => work.offer(attempt, Buffer.from('token'), 60_000)));
  return rows;
}

async function readOf(table: string): Promise<number> {
  await pool.query('SELECT pg_stat_force_next_flush()');
  const { rows } = await pool.query<{ n: number }>(
    'SELECT idx_tup_fetch + seq_tup_read AS n FROM pg_stat_user_tables WHERE relname = $1',
    [table],
  );
  return rows[0]?.n ?? 0;
}

async function callsOf(sqlFunction: string): Promise<number> {
  await pool.query('SELECT pg_stat_force_next_flush()');
  const { rows } = await pool.query<{ n: number }>(
    'SELECT calls AS n FROM pg_stat_user_functions WHERE funcname = $1',
    [sqlFunction],
  );
  return rows[0]?.n ?? 0;
}

async function expiryOf({ session, run }: RunTaskInput): Promise<Date | undefined> {
  const { rows } = await pool.query<{ at: Date }>(
    'SELECT expires_at AS at FROM leases WHERE session = $1 AND run = $2',
    [session, run],
  );
  return rows[0]?.at;
}

test('a claim does not read what other agents are offered', async () => {
  const work = createRemoteWorkStore(pool);
  const others = Array.from({ length: 1_000 }, (_, at) => `other-${at}`);
  await offerTo(...others);
  await pool.query('UPDATE remote_work SET claimed_at = now()');
  // Planned while there is next to nothing to claim, as it was when the agents had come for all of it.
  await pool.query('VACUUM ANALYZE remote_work');
  expect(await work.claim(agentOf('ada'), answerTo('early'), 1)).toEqual([]);
  await offerTo('ada', ...others);
  const before = await readOf('remote_work');
  expect(await work.claim(agentOf('ada'), answerTo('claim'), 1)).toHaveLength(1);
  expect((await readOf('remote_work')) - before).toBeLessThan(10);
});

test('heartbeats, reports and looks for timeouts do not read what other agents hold', async () => {
  const work = createRemoteWorkStore(pool);
  const sweeps = createRemoteSweepStore(pool);
  await pool.query('UPDATE leases SET released_at = now()');
  await pool.query('DELETE FROM remote_work');
  // Planned while next to nothing is held.
  await pool.query('VACUUM ANALYZE leases, remote_work');
  const others = Array.from({ length: 1_000 }, (_, at) => `other-${at}`);
  const [attempt] = await offerTo('eve', ...others);
  if (!attempt) throw new Error('an attempt was expected');
  await Promise.all(['eve', ...others].map((name) => work.claim(agentOf(name), answerTo('claim'), 1)));
  const before = await readOf('leases');
  expect(await work.extend(agentOf('eve'), [attempt])).toEqual(['held']);
  expect(await work.find(agentOf('eve'), attempt)).toMatchObject({ token: attempt.token });
  expect(await sweeps.timedOut(500)).toEqual([]);
  expect((await readOf('leases')) - before).toBeLessThan(10);
});

test('a heartbeat looks at no room; what ends an attempt makes some', async () => {
  await createAgentRegistry(pool).add(testWorkspace, [definitionOf('busy', { connector: { connector: 'remote' } })]);
  const [attempt] = await offerTo('busy');
  if (!attempt) throw new Error('an attempt was expected');
  const work = createRemoteWorkStore(pool);
  await work.claim(agentOf('busy'), answerTo('claim'), 1);
  const before = await callsOf('change_agent_room');
  expect(await work.extend(agentOf('busy'), [attempt])).toEqual(['held']);
  expect(await callsOf('change_agent_room')).toBe(before);
  const running = async (): Promise<unknown> =>
    (await pool.query('SELECT running FROM agent_room WHERE agent = $1', ['busy'])).rows;
  expect(await running()).toEqual([{ running: 1 }]);
  await pool.query('UPDATE leases SET released_at = now() WHERE session = $1', [attempt.session]);
  expect(await running()).toEqual([{ running: 0 }]);
});

test('a report is a sign of life, of the one who holds the lease alone', async () => {
  const [attempt] = await offerTo('late');
  if (!attempt) throw new Error('an attempt was expected');
  const work = createRemoteWorkStore(pool);
  await work.claim(agentOf('late'), answerTo('claim'), 1);
  const fresh = await expiryOf(attempt);
  await work.find(agentOf('late'), attempt);
  // Most of its time is left: nothing has to be written.
  expect(await expiryOf(attempt)).toEqual(fresh);

  await pool.query(`UPDATE leases SET expires_at = now() - interval '1 ms' WHERE session = $1`, [attempt.session]);
  const expired = await expiryOf(attempt);
  await work.find(agentOf('somebody'), attempt);
  await work.find(agentOf('late'), { ...attempt, token: attempt.token + 1 });
  expect(await expiryOf(attempt)).toEqual(expired);
  expect(await work.find(agentOf('late'), attempt)).toMatchObject({ token: attempt.token });
  expect(Number(await expiryOf(attempt))).toBeGreaterThan(Number(fresh));
});

test('what an answer did not bring is offered once more, unless it was asked for again since, or is to be stopped', async () => {
  const [attempt] = await offerTo('dora');
  const work = createRemoteWorkStore(pool);
  const dora = agentOf('dora');
  const [first, again, other] = [answerTo('claim'), answerTo('claim'), answerTo('other')];
  expect(await work.claim(dora, first, 1)).toMatchObject([{ input: attempt }]);
  expect(await work.claimed(dora, again)).toMatchObject([{ input: attempt }]);
  await work.takeBack(dora, first.delivery);
  expect(await work.claim(dora, other, 1)).toEqual([]);

  await work.takeBack(agentOf('somebody'), again.delivery);
  expect(await work.claim(dora, other, 1)).toEqual([]);
  await work.takeBack(dora, again.delivery);
  expect(await work.claimed(dora, again)).toEqual([]);
  expect(await work.claim(dora, other, 1)).toMatchObject([{ input: attempt }]);

  await pool.query('UPDATE leases SET cancelled_at = now() WHERE session = $1', [attempt?.session]);
  await work.takeBack(dora, other.delivery);
  expect(await work.claimed(dora, other)).toMatchObject([{ input: attempt, isCancelled: true }]);
});

test('what is offered in a trace is claimed with it, and with that of its latest offer', async () => {
  const [attempt] = await offerTo('tina');
  if (!attempt) throw new Error('an attempt was expected');
  const work = createRemoteWorkStore(pool);
  const tina = agentOf('tina');
  const [first, again, other] = [answerTo('claim'), answerTo('claim'), answerTo('other')];
  for (const trace of ['00-a-b-01', '00-c-d-01']) await work.offer({ ...attempt, trace }, Buffer.from('token'), 60_000);
  const traced = { ...attempt, trace: '00-c-d-01' };
  expect((await work.claim(tina, first, 1)).map(({ input }) => input)).toEqual([traced]);
  expect((await work.claimed(tina, again)).map(({ input }) => input)).toEqual([traced]);
  await work.takeBack(tina, again.delivery);
  expect((await work.claim(tina, other, 1)).map(({ input }) => input)).toEqual([traced]);
  const [untraced] = await offerTo('tina');
  expect((await work.claim(tina, answerTo('untraced'), 1)).map(({ input }) => input)).toEqual([untraced]);
});
