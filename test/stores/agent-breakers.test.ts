import type { RunTaskInput } from '../../src/contracts/protocol/activities';
import type { AgentKey } from '../../src/domain/agents/agent';
import { defaultPolicy } from '../../src/domain/health/circuit-breaker';
import type { Verdict } from '../../src/domain/verdict';
import { createAgentBreakers } from '../../src/stores/agent-breakers';
import { createAgentPresenceStore } from '../../src/stores/agent-presence';
import { createAgentRegistry } from '../../src/stores/agents';
import { createHostStore } from '../../src/stores/hosts';
import { createPool } from '../../src/stores/pool';
import { grantRoom } from '../../src/workers/grant-room';
import { grantedEvent } from '../../src/workers/line-keeper';
import { definitionOf } from '../helpers/agent-definitions';
import { ended, started } from './session-driver';
import type { SessionDriver } from './session-driver';
import { settlement } from './settlements';
import { openTestStores, testWorkspace } from './test-stores';
import type { TestStores } from './test-stores';

let stores: TestStores;
let agents = 0;
const soon = { firstOpenMs: 1, longestOpenMs: 1 };

beforeAll(async () => (stores = await openTestStores()));
afterAll(() => stores.close());

const breakers = () => createAgentBreakers(stores.pool);
const kinds = async (agent: AgentKey): Promise<string[]> =>
  (await breakers().events(agent, 100)).map(({ kind }) => kind).reverse();

async function register(maxConcurrent: number): Promise<AgentKey & { capability: string }> {
  const name = `agent-${(agents += 1)}`;
  const capabilities = [{ name, proficiency: 1, technologies: [] }];
  await createAgentRegistry(stores.pool).add(testWorkspace, [definitionOf(name, { maxConcurrent, capabilities })]);
  stores.directory.forget();
  return { workspace: testWorkspace, name, capability: name };
}

/** A session whose items one agent can do, and the attempts that have begun. */
async function begin(capability: string, items: number): Promise<{ driver: SessionDriver; attempts: RunTaskInput[] }> {
  const numbers = Array.from({ length: items }, (_, at) => at).join(', ');
  const driver = await stores.addSession(`
version: 1
name: work
concurrency: 1000
defaults: { onFailure: continue }
tasks: { each: { forEach: [${numbers}], agent: { capability: ${capability} } } }
`);
  const { attempts } = await driver.take(started);
  for (const attempt of attempts) await stores.attempts.begin(attempt, 'worker');
  return { driver, attempts };
}

const evidenceOf = (verdict: Verdict) => [{ kind: 'script', says: 'failed' as const, detail: verdict }];
const settle = (attempt: RunTaskInput, verdict: Verdict, store = stores.attempts): Promise<void> =>
  store.settle(settlement(attempt, { verdict, evidence: evidenceOf(verdict) }));

/** Until nobody has anything to judge. */
async function judgeAll(policy = defaultPolicy): Promise<void> {
  while ((await breakers().judge(policy, 100)).again);
}

/** What is given to whom waits, by several keepers at once. */
async function grant(driver: SessionDriver): Promise<RunTaskInput[]> {
  const granted: Awaited<ReturnType<typeof grantRoom>>[] = [];
  for (let look = 0; look < 3; look++) {
    stores.directory.forget();
    granted.push(...(await Promise.all(Array.from({ length: 3 }, () => grantRoom(stores.line, stores.directory)))));
  }
  const events = granted.flatMap(({ turns }) => turns).map(grantedEvent);
  const { attempts } = events.length > 0 ? await driver.take(...events) : { attempts: [] };
  for (const attempt of attempts) await stores.attempts.begin(attempt, 'worker');
  return attempts;
}

const waits = async (): Promise<string[]> => {
  const { rows } = await stores.pool.query<{ waits_for: string }>('SELECT waits_for FROM waiting_line');
  return rows.map(({ waits_for }) => waits_for);
};

it('opens once, whoever settles and judges at the same time', async () => {
  const agent = await register(40);
  const { attempts } = await begin(agent.capability, 32);
  expect(attempts).toHaveLength(32);
  const pools = Array.from({ length: 8 }, () => createPool(stores.databaseUrl, { maxConnections: 2 }));
  let isOver = false;
  const judging = pools.slice(0, 4).map(async (pool) => {
    while (!isOver) await createAgentBreakers(pool).judge(defaultPolicy, 100);
  });
  await Promise.all(attempts.map((attempt) => settle(attempt, 'failed', stores.newAttemptStore())));
  isOver = true;
  await Promise.all(judging);
  await judgeAll();
  await Promise.all(pools.map((pool) => pool.end()));
  expect(await kinds(agent)).toEqual(['breaker-opened']);
  stores.directory.forget();
  expect((await begin(agent.capability, 1)).attempts).toEqual([]);
  expect(await waits()).toContainEqual(
    expect.stringMatching(
      /in error: agent-1 \(its circuit breaker is open until .*, because \d+ attempts failed in a row\)\.$/,
    ),
  );
});

it('lets one trial through at a time when it has half-opened, and all once two have succeeded', async () => {
  const agent = await register(10);
  const { driver, attempts } = await begin(agent.capability, 14);
  expect(attempts).toHaveLength(8);
  for (const { run } of attempts) {
    const attempt = attempts.find((one) => one.run === run) as RunTaskInput;
    await settle(attempt, 'failed');
  }
  await judgeAll();
  const now = await driver.take(...attempts.map(({ run }) => ended(run, 1, 'failed')));
  expect(now.attempts).toEqual([]);
  expect(await grant(driver)).toEqual([]);

  await stores.pool.query(`UPDATE agent_breakers SET breaker = jsonb_set(breaker, '{until}', '0'), due_at = now()`);
  await judgeAll();
  const [first, ...others] = await grant(driver);
  expect(others).toEqual([]);
  await settle(first as RunTaskInput, 'succeeded');
  expect(await grant(driver)).toEqual([]);
  await judgeAll();
  const [second, ...more] = await grant(driver);
  expect(more).toEqual([]);
  await settle(second as RunTaskInput, 'succeeded');
  await judgeAll();
  expect(await kinds(agent)).toEqual(['breaker-opened', 'breaker-half-opened', 'breaker-closed']);
  expect((await grant(driver)).length).toBe(4);
});

it('gives a trial again that came to nothing', async () => {
  const agent = await register(10);
  const { driver, attempts } = await begin(agent.capability, 9);
  for (const attempt of attempts) await settle(attempt, 'failed');
  await judgeAll(soon);
  await driver.take(...attempts.map(({ run }) => ended(run, 1, 'failed')));
  await judgeAll(soon);
  const [trial] = await grant(driver);
  await settle(trial as RunTaskInput, 'rate_limited');
  expect(await grant(driver)).toEqual([]);
  await stores.pool.query('UPDATE agent_breakers SET due_at = now() WHERE agent = $1', [agent.name]);
  await judgeAll(soon);
  const { rows } = await stores.pool.query('SELECT trials FROM agent_room WHERE agent = $1', [agent.name]);
  expect(rows).toEqual([{ trials: 1 }]);
});

it('is not opened by what says nothing of the agent', async () => {
  const agent = await register(20);
  const { attempts } = await begin(agent.capability, 12);
  for (const attempt of attempts.slice(0, 6)) await settle(attempt, 'rate_limited');
  for (const attempt of attempts.slice(6)) {
    // A template that could not be rendered: nobody was asked.
    await stores.attempts.settle(settlement(attempt, { verdict: 'failed', evidence: [] }));
  }
  await judgeAll();
  expect(await kinds(agent)).toEqual([]);
});

it('is opened and closed by hand, and goes with its agent', async () => {
  const agent = await register(1);
  await breakers().quarantine(agent, 'it leaks');
  const registry = createAgentRegistry(stores.pool);
  expect((await registry.find(testWorkspace, agent)).breaker).toEqual({ state: 'open', why: 'it leaks', until: null });
  expect((await begin(agent.capability, 1)).attempts).toEqual([]);
  expect(await waits()).toContainEqual(expect.stringContaining('(it is in quarantine: it leaks)'));
  await breakers().reset(agent);
  expect((await registry.find(testWorkspace, agent)).breaker).toBeUndefined();
  expect(await kinds(agent)).toEqual(['quarantined', 'reset']);
  await registry.remove(agent);
  expect(await kinds(agent)).toEqual([]);
  await expect(breakers().reset(agent)).rejects.toMatchObject({ code: 'AGENT_NOT_FOUND' });
});

it('every change of whether an agent takes work is an event, once', async () => {
  const agent = await register(1);
  const registry = createAgentRegistry(stores.pool);
  await registry.setDraining(agent, true);
  await registry.setDraining(agent, true);
  await registry.setDraining(agent, false);
  const presence = createAgentPresenceStore(stores.pool);
  await presence.seen([agent]);
  await presence.seen([agent]);
  await presence.noteSilent({ agentsMs: -1_000, hostsMs: 60_000 });
  await presence.noteSilent({ agentsMs: -1_000, hostsMs: 60_000 });
  await presence.seen([agent]);
  expect(await kinds(agent)).toEqual(['draining', 'undrained', 'online', 'offline', 'online']);
});

it('a host that goes and comes is an event of all agents that live there', async () => {
  const hosts = createHostStore(stores.pool);
  const host = { workspace: testWorkspace, name: 'den', holder: 'process 1', maxConcurrent: 3 };
  await hosts.join({ ...host, agents: [definitionOf('cat'), definitionOf('dog')] }, () => false);
  await createAgentPresenceStore(stores.pool).noteSilent({ agentsMs: 60_000, hostsMs: -1_000 });
  await createAgentPresenceStore(stores.pool).noteSilent({ agentsMs: 60_000, hostsMs: -1_000 });
  await hosts.beat(host);
  await hosts.drain(host);
  for (const name of ['cat@den', 'dog@den']) {
    expect(await kinds({ workspace: testWorkspace, name })).toEqual(['offline', 'online', 'draining']);
  }
});
