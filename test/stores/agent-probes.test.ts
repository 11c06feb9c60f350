import { probeAgents } from '../../src/activities/health/probe-agents';
import type { ProbeScope } from '../../src/contracts/ports/agent-probes';
import type { ProbeReport } from '../../src/contracts/ports/connector';
import type { AgentKey } from '../../src/domain/agents/agent';
import { createAgentBreakers } from '../../src/stores/agent-breakers';
import { createAgentProbes } from '../../src/stores/agent-probes';
import { createAgentRecoveries } from '../../src/stores/agent-recoveries';
import { createAgentRegistry } from '../../src/stores/agents';
import { definitionOf } from '../helpers/agent-definitions';
import { openTestStores, testWorkspace } from './test-stores';
import type { TestStores } from './test-stores';

let stores: TestStores;
let agents = 0;
const policy = { firstOpenMs: 60_000, longestOpenMs: 60_000 };

beforeAll(async () => (stores = await openTestStores()));
afterAll(() => stores.close());
beforeEach(() => stores.pool.query('DELETE FROM agents'));

async function register(connector: 'http' | 'remote' = 'http'): Promise<AgentKey> {
  const name = `agent-${(agents += 1)}`;
  const settings = connector === 'http' ? { connector, url: `http://${name}.example/`, headers: {} } : { connector };
  await createAgentRegistry(stores.pool).add(testWorkspace, [definitionOf(name, { connector: settings })]);
  return { workspace: testWorkspace, name };
}

const ended = async (agent: AgentKey, verdicts: string): Promise<void> => {
  for (const letter of verdicts) {
    await stores.pool.query(
      `INSERT INTO outcomes (workspace, session, run, attempt, plan_name, task, agent, agent_workspace, token, verdict,
                             retryable, ended_at, duration_ms, evidence)
       SELECT 'default', $1, 'task', count(*), 'plan', 'task', $1, 'default', 0, $2, true, now(), 100, '[{}]' FROM outcomes`,
      [agent.name, letter === 's' ? 'succeeded' : 'failed'],
    );
  }
  await createAgentBreakers(stores.pool).judge(policy, 100);
};

const kinds = async (agent: AgentKey): Promise<string[]> =>
  (await createAgentBreakers(stores.pool).events(agent, 100)).map(({ kind }) => kind).reverse();

const reachable: ProbeReport = { says: 'reachable', detail: 'HTTP 200' };
const unreachable: ProbeReport = { says: 'unreachable', detail: 'ECONNREFUSED' };

/** One sweep, in which all agents answer alike; resolves with how many were looked at. */
const sweep = (
  report: ProbeReport,
  times: { everyMs?: number; idleMs?: number } = {},
  scope: ProbeScope = 'services',
): Promise<number> =>
  probeAgents({
    probes: createAgentProbes(stores.pool),
    recoveries: createAgentRecoveries(stores.pool),
    look: async () => report,
    scope,
    policy,
    everyMs: times.everyMs ?? 0,
    idleMs: times.idleMs ?? 600_000,
    timeLimitMs: 1_000,
  });

it('gives an agent in error a trial as soon as it can be reached again, before its time is over', async () => {
  const agent = await register();
  await ended(agent, 'fffff');
  await sweep(unreachable);
  expect(await kinds(agent)).toEqual(['breaker-opened', 'unreachable']);
  await sweep(reachable);
  expect(await kinds(agent)).toEqual(['breaker-opened', 'unreachable', 'reachable', 'breaker-half-opened']);
});

it('leaves an agent in error for its time that could be reached all the while', async () => {
  const agent = await register();
  await ended(agent, 'fffff');
  expect(await sweep(reachable)).toBe(1);
  expect(await kinds(agent)).toEqual(['breaker-opened']);
});

it('keeps an agent from trials that cannot be reached', async () => {
  const agent = await register();
  await ended(agent, 'fffff');
  for (const report of [unreachable, reachable, unreachable, unreachable]) await sweep(report);
  expect((await kinds(agent)).slice(3)).toEqual(['breaker-half-opened', 'unreachable', 'breaker-opened']);
  expect((await createAgentBreakers(stores.pool).events(agent, 1))[0]?.why).toContain(
    'it could not be reached: ECONNREFUSED',
  );
});

it('lets an agent in quarantine be', async () => {
  const agent = await register();
  await ended(agent, 's');
  await createAgentBreakers(stores.pool).quarantine(agent, 'it leaks');
  expect(await sweep(reachable)).toBe(0);
});

it('notes when an agent that is idle for long cannot be reached, and when it can again, and gives it work all the same', async () => {
  const agent = await register();
  const times = { everyMs: -1, idleMs: -1 };
  for (const report of [reachable, unreachable, unreachable, reachable]) await sweep(report, times);
  expect(await kinds(agent)).toEqual(['unreachable', 'reachable']);
  expect((await createAgentRegistry(stores.pool).find(testWorkspace, agent)).breaker).toBeUndefined();
});

it('looks at an agent once in its time, however many workers look, and at none that works or comes by itself', async () => {
  await register();
  await register('remote');
  const busy = await register();
  await ended(busy, 's');
  const looks = await Promise.all([1, 2, 3, 4].map(() => sweep(reachable, { everyMs: 60_000 })));
  expect(looks.reduce((sum, looked) => sum + looked, 0)).toBe(1);
});

it('loses no evidence that comes meanwhile', async () => {
  const agent = await register();
  const settling = ended(agent, 'ffff');
  for (let look = 0; look < 20; look++) await sweep(reachable, { everyMs: -1, idleMs: -1 });
  await settling;
  await ended(agent, 'f');
  expect(await kinds(agent)).toEqual(['breaker-opened']);
});
