import type { RunTaskInput } from '../../src/contracts/protocol/activities';
import type { BegunAttempt } from '../../src/contracts/ports/attempt-store';
import type { AgentDefinition } from '../../src/domain/agents/agent';
import { createAgentRegistry } from '../../src/stores/agents';
import { createLearningStore } from '../../src/stores/learning';
import { createRoutingReader } from '../../src/stores/routing-reader';
import { createSettingsStore } from '../../src/stores/settings';
import { grantRoom } from '../../src/workers/grant-room';
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
