import { mineInsights } from '../../src/activities/learning/mine-insights';
import { createDiscoveryStore } from '../../src/stores/discoveries';
import { createInsightMiningStore } from '../../src/stores/insight-mining';
import { createInsightCatalog, createInsightReader } from '../../src/stores/insights';
import { openTestStores } from './test-stores';
import type { TestStores } from './test-stores';

let stores: TestStores;

beforeEach(async () => (stores = await openTestStores()));
afterEach(() => stores.close());

const scope = { capability: 'code', taskType: 'bug-fix' };

const attempt = (session = 's') => ({ workspace: 'default', session, run: 'fix', attempt: 1, token: 1 });

const say = (text: string, agent = 'default/ada', session = 's'): Promise<void> =>
  createDiscoveryStore(stores.pool).keep(attempt(session), agent, [{ scope, feature: {}, says: text }]);

const list = (all = false, agent?: string) =>
  createInsightCatalog(stores.pool).list('default', { all, ...(agent !== undefined && { agent }) });

const held = () => createInsightReader(stores.pool, Date.now).holding('default');

/** Attempts that were told these, or nothing. */
async function work(count: number, fails: (nth: number) => boolean, insights: string[] = []): Promise<void> {
  const plan = 'version: 1\nname: p\ntasks: { fix: { agent: { capability: code }, type: bug-fix } }\n';
  for (let nth = 0; nth < count; nth++) {
    const { id: session } = await stores.addSession(plan);
    if (insights.length > 0) await createInsightReader(stores.pool, Date.now).apply(attempt(session), insights);
    await stores.pool.query(
      `INSERT INTO outcomes (workspace, session, run, attempt, plan_name, task, agent, agent_workspace, token, verdict, retryable,
                             started_at, ended_at, duration_ms, evidence)
       VALUES ('default', $1, 'fix', 1, 'p', 'fix', 'bob', 'default', 0, $2, true, clock_timestamp(), clock_timestamp(), 100, '[]')`,
      [session, fails(nth) ? 'failed' : 'succeeded'],
    );
  }
}

const mine = () =>
  mineInsights({ mining: createInsightMiningStore(stores.pool), plans: stores.plans, heartbeat: () => undefined });

it('are kept once, as what their agent says, and are tried without a confidence', async () => {
  await say('Run make first.');
  await say('Run make first.', 'default/ada', 'later');
  await say('Run make first.', 'default/bob');
  expect(await list(false, 'default/ada')).toEqual([
    expect.objectContaining({
      kind: 'discovery',
      scope,
      says: 'Run make first.',
      confidence: null,
      source: { agent: 'default/ada' },
      links: [{ session: 'later', run: 'fix', attempt: 1 }],
      applied: 0,
    }),
  ]);
  expect((await held()).map(({ says, confidence }) => [says, confidence])).toEqual([
    ['Run make first.', 0],
    ['Run make first.', 0],
  ]);
});

it('are the latest twenty of an agent that nothing speaks for', async () => {
  await say('of another', 'default/bob');
  for (let nth = 0; nth < 23; nth++) await say(`No. ${nth}`);
  const said = (await list(false, 'default/ada')).map(({ says }) => says);
  expect(said).toHaveLength(20);
  expect(said).toContain('No. 22');
  expect(said).not.toContain('No. 2');
  expect(await list(false, 'default/bob')).toHaveLength(1);
});

it('are believed where those that were told them do better, and are no more where these do worse', async () => {
  await say('Run make first.');
  await say('Skip the tests.');
  const ids = new Map((await list()).map(({ says, id }) => [says, id]));
  const [good = '', bad = ''] = [ids.get('Run make first.'), ids.get('Skip the tests.')];
  await work(15, () => false, [good]);
  await work(15, () => true, [bad]);
  await work(30, (nth) => nth % 2 === 0);
  await mine();
  expect((await list()).map(({ id, confidence }) => [id, (confidence ?? 0) > 95])).toEqual([[good, true]]);
  expect((await list(true)).find(({ id }) => id === bad)).toMatchObject({
    confidence: null,
    expiredAt: expect.any(Number),
    effect: { withIt: { success: 0 } },
  });
  await say('Skip the tests.');
  expect((await held()).map(({ id }) => id)).toEqual([good]);
});

it('stay when a mining finds other things, or nothing', async () => {
  await say('Run make first.');
  await work(30, (nth) => nth % 2 === 0);
  expect(await mine()).toEqual({ mined: 1 });
  expect((await list()).map(({ says }) => says)).toEqual(['Run make first.']);
});

it('are told to nobody after they were forgotten, whoever says them again, all of those named or none', async () => {
  await say('Run make first.');
  await say('Read the log.');
  const ids = (await list()).map(({ id }) => id);
  const catalog = createInsightCatalog(stores.pool);
  await expect(catalog.forget('default', [...ids, 'nobody'])).rejects.toMatchObject({ code: 'INSIGHT_NOT_FOUND' });
  await expect(catalog.forget('other', ids)).rejects.toMatchObject({ code: 'INSIGHT_NOT_FOUND' });
  expect(await list()).toHaveLength(2);
  await catalog.forget('default', ids);
  await say('Run make first.');
  expect([await list(), await held()]).toEqual([[], []]);
  expect(await list(true)).toHaveLength(2);
});

it('stay in their workspace', async () => {
  await say('Run make first.');
  expect(await createInsightCatalog(stores.pool).list('other', { all: true })).toEqual([]);
  expect(await createInsightReader(stores.pool, Date.now).holding('other')).toEqual([]);
});
