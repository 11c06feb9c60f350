import { createDiscoveryStore } from '../../src/stores/discoveries';
import { createInsightMiningStore } from '../../src/stores/insight-mining';
import { createInsightCatalog, createInsightReader } from '../../src/stores/insights';
import { createSettingsStore } from '../../src/stores/settings';
import type { InsightSharing } from '../../src/domain/settings/workspace-settings';
import type { Insight } from '../../src/domain/learning/insights/insight';
import { openTestStores } from './test-stores';
import type { TestStores } from './test-stores';

let stores: TestStores;
beforeAll(async () => {
  stores = await openTestStores();
  // A mining says until when outcomes had ended.
  for (const workspace of ['acme', 'shop']) {
    await stores.pool.query(
      `INSERT INTO outcomes (workspace, session, run, attempt, plan_name, task, agent, token, verdict, retryable, ended_at, duration_ms, evidence)
       VALUES ($1, 's', 'fix', 1, 'p', 'fix', 'ada', 0, 'succeeded', true, now(), 100, '[]')`,
      [workspace],
    );
  }
});
afterAll(() => stores.close());
afterEach(() => stores.pool.query('TRUNCATE insights, insight_minings, workspace_settings'));

const found = (parts: Partial<Insight> = {}): Insight => ({
  kind: 'pitfall',
  scope: { capability: 'code', taskType: 'bug-fix' },
  feature: { error: 'no such file' },
  says: '25% of 60 sessions met the error “no such file”.',
  confidence: 96,
  counts: { sessions: 60 },
  links: [{ session: 'secret-project', run: 'fix', attempt: 1 }],
  ...parts,
});

const mining = () => createInsightMiningStore(stores.pool);
const store = (workspace: string, ...insights: Insight[]): Promise<void> =>
  mining().store(workspace, {
    outcomes: 60,
    corrections: 0,
    reported: 0,
    maxAgeMs: 86_400_000,
    insights: insights.map((one, nth) => ({ ...one, id: `found-${nth}` })),
    effects: new Map(),
    claims: [],
  });
const share = (workspace: string, shareInsights: InsightSharing) =>
  createSettingsStore(stores.pool).change(workspace, { set: { shareInsights }, unset: [] });
const list = (workspace: string) => createInsightCatalog(stores.pool).list(workspace, { all: true });

/** What each reader of insights gets in the workspace. */
async function read(workspace: string) {
  const { rows } = await stores.pool.query<{ id: string }>('SELECT id FROM insights WHERE workspace = $1', [workspace]);
  const ids = rows.map(({ id }) => id);
  const listed = await list(workspace);
  const held = await createInsightReader(stores.pool, Date.now).holding(workspace);
  const claims = await mining().claims(workspace);
  const known = await mining().known(workspace, ids);
  return { listed: listed.length, held: held.length, claims: claims.length, known: known.length };
}

const nothing = { listed: 0, held: 0, claims: 0, known: 0 };
const one = { listed: 1, held: 1, claims: 1, known: 1 };

it.each<[InsightSharing | undefined, InsightSharing | undefined, boolean]>([
  [undefined, undefined, false],
  ['out', undefined, false],
  [undefined, 'in', false],
  ['in', 'in', false],
  ['out', 'out', false],
  ['none', 'both', false],
  ['both', 'none', false],
  ['out', 'in', true],
  ['both', 'both', true],
])('crosses only where both want it: acme says %s, shop says %s', async (acme, shop, crosses) => {
  await store('acme', found());
  if (acme) await share('acme', acme);
  if (shop) await share('shop', shop);
  await mining().exchange();
  expect(await read('shop')).toEqual(crosses ? one : nothing);
});

it('says where it came from, has no confidence here, and leads to no attempt there', async () => {
  await store('acme', found());
  await Promise.all([share('acme', 'out'), share('shop', 'in')]);
  await mining().exchange();
  expect(await list('shop')).toEqual([
    expect.objectContaining({
      kind: 'pitfall',
      says: 'In workspace acme: 25% of 60 sessions met the error “no such file”.',
      confidence: null,
      source: expect.objectContaining({ workspace: 'acme', confidence: 96 }),
      counts: { sessions: 60 },
      links: [],
    }),
  ]);
  expect(await createInsightReader(stores.pool, Date.now).holding('shop')).toMatchObject([{ confidence: 0 }]);
});

it.each<[string, Partial<Insight>]>([
  ['names an agent', { scope: { capability: 'code', taskType: 'bug-fix', agent: 'acme/ada' } }],
  ['compares agents', { kind: 'success_pattern', feature: { agent: 'acme/ada' } }],
  ['names a plan', { kind: 'failure_pattern', feature: { plan: 'takeover' } }],
  ['is about a plan', { kind: 'bottleneck', scope: { plan: 'takeover', task: 'buy' } }],
  ['is not as sure as its workspace wants', { confidence: 69 }],
])('does not cross where it %s', async (_, parts) => {
  await store('acme', found(parts));
  await Promise.all([share('acme', 'both'), share('shop', 'both')]);
  await mining().exchange();
  expect(await read('shop')).toEqual(nothing);
});

it('crosses no further, and what agents say does not cross', async () => {
  const attempt = { workspace: 'acme', session: 's', run: 'fix', attempt: 1, token: 1 };
  const { scope } = found();
  await createDiscoveryStore(stores.pool).keep(attempt, 'acme/ada', [{ scope, feature: {}, says: 'Run make.' }]);
  await store('acme', found());
  await Promise.all([share('acme', 'out'), share('shop', 'both')]);
  await mining().exchange();
  await share('third', 'in');
  await share('acme', 'none');
  await mining().exchange();
  await mining().exchange();
  expect([await read('shop'), await read('third')]).toEqual([nothing, nothing]);
});

it.each<[string, () => Promise<unknown>]>([
  ['the giver', () => share('acme', 'none')],
  ['the taker', () => share('shop', 'out')],
])('is read by nobody from the moment on that %s says otherwise, and is deleted', async (_, change) => {
  await store('acme', found());
  await Promise.all([share('acme', 'out'), share('shop', 'in')]);
  await mining().exchange();
  expect(await read('shop')).toEqual(one);
  await change();
  expect(await read('shop')).toEqual(nothing);
  const rows = () => stores.pool.query(`SELECT FROM insights WHERE workspace = 'shop'`);
  expect((await rows()).rowCount).toBe(1);
  await mining().exchange();
  expect((await rows()).rowCount).toBe(0);
});

it('goes when it does not hold any more where it came from, and comes back with it', async () => {
  await store('acme', found());
  await Promise.all([share('acme', 'out'), share('shop', 'in')]);
  await mining().exchange();
  await store('acme');
  await mining().exchange();
  expect(await read('shop')).toEqual(nothing);
  await store('acme', found());
  await mining().exchange();
  expect(await read('shop')).toEqual(one);
});

it('has its confidence from what telling it came to here, which the next exchange leaves alone, and can be forgotten', async () => {
  await store('acme', found());
  await Promise.all([share('acme', 'out'), share('shop', 'in')]);
  await mining().exchange();
  const [{ id = '' } = {}] = await list('shop');
  await mining().store('shop', {
    outcomes: 60,
    corrections: 0,
    reported: 0,
    maxAgeMs: 86_400_000,
    insights: [],
    effects: new Map(),
    claims: [{ id, confidence: 97, isOver: false }],
  });
  await store('acme', found({ says: '30% of 80 sessions met the error “no such file”.', confidence: 98 }));
  await mining().exchange();
  expect(await list('shop')).toMatchObject([
    { says: expect.stringContaining('30% of 80'), confidence: 97, source: { confidence: 98 } },
  ]);
  await createInsightCatalog(stores.pool).forget('shop', [id]);
  await mining().exchange();
  expect(await read('shop')).toEqual({ ...one, held: 0, claims: 0 });
});
