import { forecastSessions } from '../../src/activities/forecast-sessions';
import type { SessionForecast } from '../../src/contracts/ports/session-catalog';
import { restoreState } from '../../src/domain/prediction/restore-state';
import { createAgentRegistry } from '../../src/stores/agents';
import { createForecastStore } from '../../src/stores/forecasts';
import { definitionOf } from '../helpers/agent-definitions';
import { ended, started } from './session-driver';
import type { SessionDriver } from './session-driver';
import { settlement } from './settlements';
import { openTestStores, testWorkspace } from './test-stores';
import type { TestStores } from './test-stores';

let stores: TestStores;

beforeEach(async () => (stores = await openTestStores()));
afterEach(() => stores.close());

const plan = `version: 1
name: test
agents: { worker: { connector: simulated, output: { ok: true } } }
tasks:
  first: { agent: worker }
  second: { agent: worker, needs: [first] }
`;

const forecastAll = (): Promise<number> =>
  forecastSessions({ forecasts: createForecastStore(stores.pool), plans: stores.plans, heartbeat: () => undefined });

const forecastOf = async ({ id }: SessionDriver): Promise<SessionForecast | null | undefined> =>
  (await stores.catalog.find(testWorkspace, id))?.forecast;

/** Makes forecasts look as old as those that may be made again. */
const age = () => stores.pool.query(`UPDATE session_forecasts SET at = at - interval '1 minute'`);

/** Does the tasks of a session one after the other, each in so many milliseconds. */
async function work(session: SessionDriver, takesMs: number): Promise<void> {
  for (let { attempts } = await session.take(started); attempts.length > 0;) {
    const [attempt] = attempts;
    if (!attempt) return;
    await stores.attempts.begin(attempt, 'worker');
    await stores.attempts.settle(settlement(attempt, { startedAt: 0, endedAt: takesMs }));
    ({ attempts } = await session.take(ended(attempt.run)));
  }
}

const earlierSessions = async (...durationsMs: number[]): Promise<void> => {
  for (const takesMs of durationsMs) await work(await stores.addSession(plan), takesMs);
};

it('says that there is not enough data until each task has been done three times, and when the session ends from then on', async () => {
  await earlierSessions(60_000, 61_000);
  const session = await stores.addSession(plan);
  await session.take(started);
  expect(await forecastAll()).toBe(1);
  expect(await forecastOf(session)).toMatchObject({
    p50: null,
    reason: 'not enough data yet: fewer than 3 successes of first are measured, nor of 1 other',
  });
  await earlierSessions(59_000);
  await session.take({ id: 'pause', type: 'pause-requested' }, { id: 'resume', type: 'resume-requested' });
  await age();
  await forecastAll();
  const { at, p50, p90 } = (await forecastOf(session))!;
  // Two tasks of a minute each, one after the other.
  expect(p50! - at).toBeGreaterThan(90_000);
  expect(p50! - at).toBeLessThan(150_000);
  expect(p90!).toBeGreaterThan(p50!);
});

it('writes nothing for a session that has not moved, and anew for one that has', async () => {
  await earlierSessions(60_000, 61_000, 62_000);
  const session = await stores.addSession(plan);
  const { attempts } = await session.take(started);
  expect(await forecastAll()).toBe(1);
  await age();
  expect(await forecastAll()).toBe(0);
  await stores.attempts.begin(attempts[0]!, 'worker');
  await stores.attempts.settle(settlement(attempts[0]!));
  await session.take(ended('first'));
  const before = (await forecastOf(session))!;
  expect(await forecastAll()).toBe(1);
  const after = (await forecastOf(session))!;
  expect(after.p50! - after.at).toBeLessThan(before.p50! - before.at);
});

it('looks again at a session that takes longer than was said', async () => {
  await earlierSessions(60_000, 61_000, 62_000);
  const session = await stores.addSession(plan);
  await session.take(started);
  await forecastAll();
  await stores.pool.query(
    `UPDATE session_forecasts SET at = at - interval '1 hour', p50_at = p50_at - interval '1 hour'`,
  );
  expect(await forecastAll()).toBe(1);
  const { at, p50 } = (await forecastOf(session))!;
  expect(p50!).toBeGreaterThan(at);
});

it('has no forecast of a session that has ended, or that is paused', async () => {
  await earlierSessions(60_000, 61_000, 62_000);
  const session = await stores.addSession(plan);
  await session.take(started, { id: 'pause', type: 'pause-requested' });
  await forecastAll();
  expect(await forecastOf(session)).toMatchObject({ p50: null, reason: 'the session is paused' });
  const other = await stores.addSession(plan);
  await work(other, 60_000);
  await forecastAll();
  expect(await forecastOf(other)).toBeNull();
});

it('says of a pause as long as it lasts, and no longer', async () => {
  await earlierSessions(60_000, 61_000, 62_000);
  const session = await stores.addSession(plan);
  await session.take(started);
  await forecastAll();
  expect(await forecastOf(session)).toMatchObject({ p50: expect.any(Number), reason: null });
  await session.take({ id: 'pause', type: 'pause-requested' });
  const paused = { p50: null, p90: null, reason: 'the session is paused' };
  expect(await forecastOf(session)).toMatchObject(paused);
  await age();
  await forecastAll();
  expect(await forecastOf(session)).toMatchObject(paused);
  await session.take({ id: 'resume', type: 'resume-requested' });
  expect(await forecastOf(session)).toBeNull();
  await age();
  await forecastAll();
  expect(await forecastOf(session)).toMatchObject({ p50: expect.any(Number), reason: null });
});

it('knows from earlier sessions how often a condition held and how long a list was', async () => {
  const text = `version: 1
name: lists
inputs: { files: { type: array }, deep: { type: boolean } }
agents: { worker: { connector: simulated, output: { ok: true } } }
tasks:
  each: { agent: worker, forEach: '\${{ inputs.files }}' }
  deep: { agent: worker, if: inputs.deep }
`;
  for (const deep of [true, false, false]) {
    const session = await stores.addSession(text, { inputs: { files: [1, 2, 3], deep } });
    await session.take(started);
  }
  const store = createForecastStore(stores.pool);
  const earlier = await store.earlier(testWorkspace, 'lists', ['each', 'deep'], 'this one');
  expect(earlier).toEqual(
    expect.arrayContaining([
      expect.objectContaining({ task: 'each', items: [3, 3, 3] }),
      expect.objectContaining({ task: 'deep', held: 1, failed: 2 }),
    ]),
  );
});

it('knows who else is at the agents of a session, waits for them, and has still to come', async () => {
  await createAgentRegistry(stores.pool).add(testWorkspace, [
    definitionOf('ada', { capabilities: [{ name: 'code', proficiency: 1, technologies: [] }] }),
  ]);
  const text = (name: string): string => `version: 1
name: ${name}
tasks:
  first: { agent: { capability: code } }
  second: { agent: ada, needs: [first] }
  third: { agent: ada, needs: [second] }
`;
  for (let nth = 0; nth < 3; nth++) {
    await work(await stores.addSession(text('test')), 60_000);
    stores.directory.forget();
  }
  const busy = await stores.addSession(text('busy'));
  const { attempts } = await busy.take(started);
  await stores.attempts.begin(attempts[0]!, 'worker');
  stores.directory.forget();
  const other = await stores.addSession(text('other'));
  const session = await stores.addSession(text('test'));
  for (const one of [other, session]) expect((await one.take(started)).attempts).toEqual([]);
  const ada = { workspace: testWorkspace, name: 'ada' };
  const store = createForecastStore(stores.pool);
  expect(await store.shared(testWorkspace, [ada])).toEqual({
    running: [{ session: busy.id, agent: 0, begunAt: expect.any(Number) as number }],
    waiting: [other, session].map(({ id }) => ({
      ...{ session: id, run: 'first', agents: [0], since: expect.any(Number) as number },
    })),
  });
  expect(await store.ahead(testWorkspace, [busy.id, other.id], [ada])).toEqual([
    { session: busy.id, open: 2, share: 1 },
    { session: other.id, open: 2, share: 1 },
  ]);
  await forecastAll();
  expect(await forecastOf(session)).toMatchObject({ reason: null });
  const { at, p50 } = (await forecastOf(session))!;
  // Three tasks of a minute, each after one of both others.
  expect(p50! - at).toBeGreaterThan(6 * 60_000);
  expect(p50! - at).toBeLessThan(13 * 60_000);
});

it('reads the state of a session near enough to what its workflow has', async () => {
  const session = await stores.addSession(`version: 1
name: retried
agents:
  worker: { connector: simulated, output: { ok: true }, maxConcurrent: 1 }
  other: { connector: simulated, output: { ok: true } }
tasks:
  flaky: { agent: worker, retry: { attempts: 3, initialInterval: 1m } }
  each: { agent: other, forEach: [1, 2, 3], maxParallel: 2, taskTimeout: 1h }
  last: { agent: worker, needs: [flaky, each] }
`);
  const { attempts } = await session.take(started);
  const flaky = attempts.find(({ run }) => run === 'flaky')!;
  await stores.attempts.begin(flaky, 'worker');
  await stores.attempts.settle(settlement(flaky, { verdict: 'failed', endedAt: Date.now() }));
  await session.take(ended('flaky', 1, 'failed'));
  const { rows } = await stores.pool.query<{ started: number }>(
    'SELECT (extract(epoch FROM started_at) * 1000)::float8 AS started FROM sessions WHERE id = $1',
    [session.id],
  );
  const { planHash } = (await stores.catalog.find(testWorkspace, session.id))!;
  const { index } = await stores.plans.load(testWorkspace, planHash);
  const records = await createForecastStore(stores.pool).runs(testWorkspace, session.id);
  const restored = restoreState(index, { id: session.id, status: 'running', startedAt: rows[0]!.started }, records);
  const { tasks, open } = session.state!;
  expect(restored.open).toBe(open);
  const known = tasks.map(({ queuedAt: _, items, ...task }) => ({
    ...task,
    ...(items && { items: items.map(({ queuedAt: __, ...item }) => item) }),
  }));
  const near = (value: unknown): unknown =>
    typeof value === 'number' ? expect.closeTo(value, -4) : value && typeof value === 'object' ? nearAll(value) : value;
  const nearAll = (value: object): unknown =>
    Array.isArray(value)
      ? value.map(near)
      : expect.objectContaining(Object.fromEntries(Object.entries(value).map(([key, one]) => [key, near(one)])));
  expect(restored.tasks).toEqual(nearAll(known));
});
