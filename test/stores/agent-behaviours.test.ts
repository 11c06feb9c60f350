import type { AgentKey } from '../../src/domain/agents/agent';
import { createAgentBehaviours } from '../../src/stores/agent-behaviours';
import { createAgentBreakers } from '../../src/stores/agent-breakers';
import { createAgentRegistry } from '../../src/stores/agents';
import { createHealthStore } from '../../src/stores/health';
import { definitionOf } from '../helpers/agent-definitions';
import { openTestStores, testWorkspace } from './test-stores';
import type { TestStores } from './test-stores';

let stores: TestStores;
let agents = 0;
let outcomes = 0;

beforeAll(async () => (stores = await openTestStores()));
afterAll(() => stores.close());
beforeEach(() => stores.pool.query('DELETE FROM agents'));

const behaviours = () => createAgentBehaviours(stores.pool);

async function register(): Promise<AgentKey> {
  const name = `agent-${(agents += 1)}`;
  await createAgentRegistry(stores.pool).add(testWorkspace, [definitionOf(name)]);
  return { workspace: testWorkspace, name };
}

interface Ended {
  verdict?: string;
  durationMs?: number;
  /** Seconds ago, of the latest; those before are a second older each. */
  ago?: number;
  lost?: boolean;
  workspace?: string;
}

/** What so many attempts of the agent came to. */
async function ended({ workspace, name }: AgentKey, count: number, parts: Ended = {}): Promise<void> {
  const { verdict = 'succeeded', durationMs = 10_000, ago = 10, lost = false, workspace: asker = workspace } = parts;
  const session = `session-${(outcomes += 1)}`;
  await stores.pool.query(
    `INSERT INTO outcomes (workspace, session, run, attempt, plan_name, task, agent, agent_workspace, token, verdict, lost,
                           retryable, ended_at, settled_at, duration_ms, cost_usd, evidence)
     SELECT $1, $2, 'task', n, 'plan', 'task', $3, $4, 0, $5, $6, true, now(), now() - ($7 + $8 - n) * interval '1 second', $9, 0.01, '[{}]'
     FROM generate_series(1, $8::int) AS n`,
    [asker, session, name, workspace, verdict, lost, ago, count, durationMs],
  );
}

const lookAgain = (): Promise<unknown> =>
  stores.pool.query(`UPDATE agent_behaviours SET counted_until = counted_until - interval '2 seconds'`);

const kinds = async (agent: AgentKey): Promise<string[]> =>
  (await createAgentBreakers(stores.pool).events(agent, 100)).map(({ kind }) => kind).reverse();

/** An agent that has been steady for two hours. */
async function steady(): Promise<AgentKey> {
  const agent = await register();
  await ended(agent, 200, { ago: 4_000 });
  await behaviours().observe(100);
  await stores.pool.query(`UPDATE agent_behaviours SET counted_until = now() - interval '30 seconds'`);
  return agent;
}

it('finds an agent that takes longer than it did, notes it, and says so in the health of its workspace', async () => {
  const agent = await steady();
  expect((await createHealthStore(stores.pool).measureWork(testWorkspace)).unusualAgents).toEqual([]);
  await ended(agent, 15, { durationMs: 60_000 });
  const { changed } = await behaviours().observe(100);
  expect(changed).toMatchObject([{ agent, event: { kind: 'unusual' } }]);
  expect(await kinds(agent)).toEqual(['unusual']);
  expect(await behaviours().unusual(agent)).toEqual([
    { since: expect.any(Number), why: expect.stringContaining('6 times as long') },
  ]);
  const { unusualAgents } = await createHealthStore(stores.pool).measureWork(testWorkspace);
  expect(unusualAgents).toEqual([{ agent: agent.name, whys: [expect.stringMatching(/^takes longer than it did/)] }]);
});

it('has an agent as usual again that is reset', async () => {
  const agent = await steady();
  await ended(agent, 15, { durationMs: 60_000 });
  await behaviours().observe(100);
  await createAgentBreakers(stores.pool).reset(agent);
  expect(await behaviours().unusual(agent)).toEqual([]);
});

it('counts each outcome once, however many workers look', async () => {
  const agent = await steady();
  await ended(agent, 15, { verdict: 'failed' });
  const looks = await Promise.all([1, 2, 3, 4].map(() => behaviours().observe(100)));
  await lookAgain();
  looks.push(await behaviours().observe(100));
  expect(looks.flatMap(({ changed }) => changed)).toHaveLength(1);
  expect(await kinds(agent)).toEqual(['unusual']);
});

it('leaves outcomes of this moment for the next look', async () => {
  const agent = await steady();
  await ended(agent, 15, { verdict: 'failed', ago: -10 });
  expect((await behaviours().observe(100)).changed).toEqual([]);
});

it('does not hold against an agent what was lost with its worker, cancelled or rate-limited', async () => {
  const agent = await steady();
  await ended(agent, 15, { verdict: 'failed', lost: true });
  await ended(agent, 15, { verdict: 'cancelled' });
  await ended(agent, 15, { verdict: 'rate_limited' });
  expect((await behaviours().observe(100)).changed).toEqual([]);
});

it('begins with what an agent came to before, for whomever it worked', async () => {
  const agent = await register();
  await ended(agent, 200, { ago: 4_000, workspace: 'other' });
  await ended(agent, 15, { verdict: 'failed', workspace: 'other' });
  expect((await behaviours().observe(100)).changed).toMatchObject([{ agent }]);
});

it('takes in agents a few at a time, until all are known', async () => {
  await Promise.all([1, 2, 3].map(async () => ended(await register(), 1)));
  const seen = [];
  for (let look = 0; look < 3; look++) seen.push((await behaviours().observe(2)).again);
  expect(seen).toEqual([true, false, false]);
});

it('is forgotten with its agent', async () => {
  const agent = await steady();
  await createAgentRegistry(stores.pool).remove(agent);
  const { rows } = await stores.pool.query('SELECT FROM agent_behaviours WHERE agent = $1', [agent.name]);
  expect(rows).toEqual([]);
});
