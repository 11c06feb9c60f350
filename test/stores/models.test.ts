import type { RunTaskInput } from '../../src/contracts/protocol/activities';
import type { BegunAttempt } from '../../src/contracts/ports/attempt-store';
import type { AgentDefinition } from '../../src/domain/agents/agent';
import { recompute } from '../../src/domain/routing/build-assignment';
import { createAgentRegistry } from '../../src/stores/agents';
import { createForecastStore } from '../../src/stores/forecasts';
import { createLearningStore } from '../../src/stores/learning';
import { createRoutingReader } from '../../src/stores/routing-reader';
import { createSettingsStore } from '../../src/stores/settings';
import { grantRoom } from '../../src/workers/grant-room';
import { grantedEvent } from '../../src/workers/line-keeper';
import { definitionOf } from '../helpers/agent-definitions';
import { learnAll } from './learn-all';
import { ended, started } from './session-driver';
import type { SessionDriver } from './session-driver';
import { justNow, settlement } from './settlements';
import { openTestStores } from './test-stores';
import type { TestStores } from './test-stores';

let stores: TestStores;

beforeEach(async () => {
  stores = await openTestStores();
  await createSettingsStore(stores.pool).change('default', {
    set: { exploration: 0, 'prices.small': '1/5', 'prices.large': '4/20' },
    unset: [],
  });
});
afterEach(() => stores.close());

const capabilities = [{ name: 'code', proficiency: 1, technologies: [] }];
const models = [{ name: 'large' }, { name: 'small' }];

const register = (parts: Partial<AgentDefinition> = {}): Promise<void> =>
  createAgentRegistry(stores.pool).add('default', [definitionOf('coder', { capabilities, models, ...parts })]);

const planWith = (words = ''): string => `version: 1
name: p
tasks:
  fix: { agent: { capability: code }, retry: { attempts: 1 }${words} }
`;

async function beginOf(attempt: RunTaskInput | undefined, by = 'worker'): Promise<BegunAttempt> {
  if (!attempt) throw new Error('nothing was started');
  const beginning = await stores.attempts.begin(attempt, by);
  if (beginning.kind !== 'begun') throw new Error(`the attempt is ${beginning.kind}`);
  return beginning.attempt;
}

/** Does the task once, and learns from it; returns what the turn has chosen, and the session. */
async function work(
  verdict: 'succeeded' | 'failed',
  reported: { model?: string; costUsd?: number } = {},
  plan = planWith(),
) {
  const session = await stores.addSession(plan);
  const { attempts } = await session.take(started);
  const [attempt] = attempts;
  const begun = await beginOf(attempt);
  await stores.attempts.settle(settlement(attempt as RunTaskInput, { verdict, ...justNow(), ...reported }));
  await session.take(ended('fix', 1, verdict));
  await learnAll(stores);
  stores.directory.forget();
  return { ...begun, session: session.id };
}

async function modelOf(session: string): Promise<string | null> {
  const { rows } = await stores.pool.query<{ model: string | null }>('SELECT model FROM outcomes WHERE session = $1', [
    session,
  ]);
  return rows[0]?.model ?? null;
}

it('goes on to a dearer model where the cheapest fails, and stays with it once it is known to be good enough', async () => {
  await register();
  const chosen: (string | undefined)[] = [];
  for (const verdict of ['failed', ...Array.from({ length: 5 }, () => 'succeeded' as const)] as const) {
    chosen.push((await work(verdict)).model);
  }
  expect(chosen).toEqual(['small', 'large', 'large', 'large', 'large', 'large']);
  const { session } = await work('succeeded');
  const [explained] = await createRoutingReader(stores.pool).assignments('default', session, 'fix');
  expect(explained?.assignment.model).toMatchObject({ name: 'large', reason: 'meets' });
});

it('takes the model that the task needs: a lower floor is met by a cheaper one', async () => {
  await register();
  for (const verdict of ['succeeded', 'succeeded', 'failed'] as const)
    await work(verdict, { model: 'small', costUsd: 0.01 });
  for (let at = 0; at < 4; at++) await work('succeeded', { model: 'large' });
  expect((await work('succeeded')).model).toBe('large');
  expect((await work('succeeded', {}, planWith(', quality: { atLeast: 0.5 }'))).model).toBe('small');
});

it('stores the model that the agent was told to use, and that which it reports before it', async () => {
  await register();
  expect(await modelOf((await work('succeeded')).session)).toBe('small');
  const reported = await work('succeeded', { model: 'vendor/large-20250929' });
  expect(await modelOf(reported.session)).toBe('vendor/large-20250929');
  const profile = (await stores.directory.roster()).entry({ workspace: 'default', name: 'coder' })?.profile;
  expect([...(profile?.modelRecords ?? [])].map(([model, { record }]) => [model, record.succeeded])).toEqual(
    expect.arrayContaining([
      ['small', 1],
      ['large', 1],
    ]),
  );
});

it('learns of a model from the other agents of the workspace', async () => {
  await register();
  await createAgentRegistry(stores.pool).add('default', [
    definitionOf('other', { capabilities: [{ name: 'review', proficiency: 1, technologies: [] }], models }),
  ]);
  for (let at = 0; at < 8; at++) await work('failed', { model: 'small' });
  const session = await stores.addSession('version: 1\nname: q\ntasks: { look: { agent: other } }\n');
  const { attempts } = await session.take(started);
  expect((await beginOf(attempts[0])).model).toBe('large');
});

async function takeTwice(session: SessionDriver): Promise<RunTaskInput[]> {
  const request = session.request(started);
  const first = session.follow(await stores.activities.commitTurn(request), [started]);
  await stores.pool.query(`UPDATE workspace_settings SET options = options || '{"models.atLeast": 0}'`);
  stores.directory.forget();
  const again = await stores.activities.commitTurn(request);
  expect(again.decisions).toEqual(first.result.decisions);
  return first.attempts;
}

it('keeps the choice when the turn is repeated, whatever is known by then', async () => {
  await register();
  await work('failed');
  const attempts = await takeTwice(await stores.addSession(planWith()));
  expect((await beginOf(attempts[0])).model).toBe('large');
});

it('chooses for an attempt that waited in line as it does for others', async () => {
  await register();
  await work('failed');
  const [first, second] = [await stores.addSession(planWith()), await stores.addSession(planWith())];
  const { attempts } = await first.take(started);
  expect((await second.take(started)).attempts).toEqual([]);
  await beginOf(attempts[0]);
  await stores.attempts.settle(settlement(attempts[0] as RunTaskInput));
  stores.directory.forget();
  const { turns } = await grantRoom(stores.line, stores.directory);
  expect(turns).toHaveLength(1);
  const { rows } = await stores.pool.query(`SELECT model FROM leases WHERE session = $1`, [second.id]);
  expect(rows).toEqual([{ model: 'large' }]);
});

it('forgets what was learnt of models with what was learnt of their agent', async () => {
  await register();
  await work('failed');
  await createLearningStore(stores.pool).forget('default', { workspace: 'default', name: 'coder' });
  stores.directory.forget();
  expect((await work('succeeded')).model).toBe('small');
});

/** So many runs that failed at first, and what their second attempts came to. */
async function knowRetries(verdict: 'succeeded' | 'failed'): Promise<void> {
  await stores.pool.query(
    `INSERT INTO outcomes (workspace, session, run, attempt, plan_name, task, agent, agent_workspace, token, verdict, retryable,
                           ended_at, duration_ms, evidence, task_kind)
     SELECT 'default', 'past-' || n, 'fix', attempt, 'p', 'fix', 'coder', 'default', 0, CASE attempt WHEN 1 THEN 'failed' ELSE $1 END, true,
            now() + n * interval '2 ms' + attempt * interval '1 ms', 100, '[]', '{"capability": "code", "taskType": "fix", "technologies": []}'
     FROM generate_series(1, 10) AS n, generate_series(1, 2) AS attempt`,
    [verdict],
  );
  await learnAll(stores);
  stores.directory.forget();
}

const openPlan = (words = ''): string => planWith(words).replace(', retry: { attempts: 1 }', '');

async function triesOf(session: string): Promise<number | null | undefined> {
  const { rows } = await stores.pool.query<{ tries: number | null }>('SELECT tries FROM leases WHERE session = $1', [
    session,
  ]);
  return rows[0]?.tries;
}

describe.each([
  ['more often where retries succeed', 'succeeded', 4],
  ['less often where they are in vain', 'failed', 2],
] as const)('a run that the plan does not say it of is tried %s', (_, verdict, tries) => {
  it('by the evidence of the agent that gets it, which its assignment holds', async () => {
    await register();
    await knowRetries(verdict);
    const session = await stores.addSession(openPlan());
    const { result } = await session.take(started);
    expect(result.decisions.at(-1)).toEqual(['start', 0, -1, 1, 'coder', expect.any(Number), 0, tries]);
    expect(session.state?.tasks[0]).toMatchObject({ tries: 1, mostTries: tries });
    expect(await triesOf(session.id)).toBe(tries);
    const [explained] = await createRoutingReader(stores.pool).assignments('default', session.id, 'fix');
    expect(explained?.assignment.tries).toMatchObject({ tries, from: 'evidence' });
    expect(recompute(explained!.assignment)).toEqual(explained?.assignment);
    const [run] = await createForecastStore(stores.pool).runs('default', session.id);
    expect(run).toMatchObject({ mostTries: tries });
  });

  it('also where it waited in the line', async () => {
    await register();
    await knowRetries(verdict);
    const [first, second] = [await stores.addSession(openPlan()), await stores.addSession(openPlan())];
    const { attempts } = await first.take(started);
    expect((await second.take(started)).attempts).toEqual([]);
    await beginOf(attempts[0]);
    await stores.attempts.settle(settlement(attempts[0] as RunTaskInput));
    stores.directory.forget();
    const { turns } = await grantRoom(stores.line, stores.directory);
    expect(turns).toMatchObject([{ session: second.id, tries }]);
    expect(await stores.line.unacceptedGrants(-1_000, 10)).toMatchObject([{ session: second.id, tries }]);
    await second.take(...turns.map(grantedEvent));
    expect(second.state?.tasks[0]).toMatchObject({ status: 'running', mostTries: tries });
  });
});

it('is tried as often as the plan says, and as by default where evidence is not wanted', async () => {
  await register();
  await knowRetries('succeeded');
  const triesWith = async (plan: string) => {
    const session = await stores.addSession(plan);
    const { attempts } = await session.take(started);
    await beginOf(attempts[0]);
    await stores.attempts.settle(settlement(attempts[0] as RunTaskInput));
    stores.directory.forget();
    return triesOf(session.id);
  };
  expect(await triesWith(planWith())).toBeNull();
  expect(await triesWith(openPlan(', retry: { attempts: 2 }'))).toBeNull();
  expect(await triesWith(openPlan(', learned: false'))).toBeNull();
  expect(await triesWith(openPlan())).toBe(4);
  await createSettingsStore(stores.pool).change('default', { set: { 'learned.retries': 'off' }, unset: [] });
  stores.directory.forget();
  expect(await triesWith(openPlan())).toBeNull();
});

const minuteMs = 60_000;

async function knowDurations(): Promise<void> {
  for (let at = 0; at < 20; at++) {
    const session = await stores.addSession(planWith());
    const { attempts } = await session.take(started);
    await beginOf(attempts[0]);
    const begunAt = Date.now() - (22 - at) * minuteMs;
    const times = { startedAt: begunAt, endedAt: begunAt + 2 * minuteMs };
    await stores.attempts.settle(settlement(attempts[0] as RunTaskInput, times));
    await session.take(ended('fix'));
  }
  await learnAll(stores);
  stores.directory.forget();
}

it('shortens a timeout that the plan leaves open to what such tasks take, once enough of them were done', async () => {
  await register();
  expect((await work('succeeded')).timeoutMs).toBeUndefined();
  await knowDurations();
  const learnt = await work('succeeded');
  expect(learnt.timeoutMs).toBeGreaterThan(3 * minuteMs);
  expect(learnt.timeoutMs).toBeLessThan(30 * minuteMs);
  const [explained] = await createRoutingReader(stores.pool).assignments('default', learnt.session, 'fix');
  expect(explained?.assignment.timeout).toMatchObject({ from: 'evidence', ms: learnt.timeoutMs });
  expect((await work('succeeded', {}, planWith(', timeout: 20m'))).timeoutMs).toBeUndefined();
  expect((await work('succeeded', {}, planWith(', learned: false'))).timeoutMs).toBeUndefined();
});

it('shortens what a plan allows where its workspace says so of the task, and never makes it longer', async () => {
  await register();
  const settings = createSettingsStore(stores.pool);
  await settings.change('default', { set: { 'timeout.p/fix': '90s', 'timeout.p/other': '2s' }, unset: [] });
  stores.directory.forget();
  const shortened = await work('succeeded', {}, planWith(', timeout: 20m'));
  expect(shortened.timeoutMs).toBe(90_000);
  const [explained] = await createRoutingReader(stores.pool).assignments('default', shortened.session, 'fix');
  expect(explained?.assignment.timeout).toEqual({ from: 'settings', ms: 90_000 });
  expect((await work('succeeded', {}, planWith(', timeout: 60s'))).timeoutMs).toBeUndefined();
  expect((await work('succeeded', {}, planWith().replace('name: p', 'name: q'))).timeoutMs).toBeUndefined();
});
