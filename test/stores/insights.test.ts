import { mineInsights } from '../../src/activities/learning/mine-insights';
import { createFeedbackStore } from '../../src/stores/feedback';
import { createInsightMiningStore } from '../../src/stores/insight-mining';
import { createInsightCatalog, createInsightReader } from '../../src/stores/insights';
import { createLearningStore } from '../../src/stores/learning';
import { createSettingsStore } from '../../src/stores/settings';
import { learningOn } from './learning-client';
import { openTestStores } from './test-stores';
import type { TestStores } from './test-stores';

let stores: TestStores;

beforeEach(async () => (stores = await openTestStores()));
afterEach(() => stores.close());

const plan = `version: 1
name: p
tasks:
  fix: { agent: { capability: code }, type: bug-fix }
`;

let sessions = 0;

/** So many sessions, one attempt each; returns their ids. Every fifth attempt of a good agent fails, and every second of a bad one. */
async function work(count: number, fate: (nth: number) => { agent: string; fails: boolean }, workspace = 'default') {
  const ids: string[] = [];
  for (let nth = 0; nth < count; nth++) {
    const { id } = await stores.addSession(plan, { id: `past-${(sessions += 1)}`, workspace });
    const { agent, fails } = fate(nth);
    await stores.pool.query(
      `INSERT INTO outcomes (workspace, session, run, attempt, plan_name, task, agent, agent_workspace, token, verdict, retryable,
                             started_at, ended_at, duration_ms, evidence, error)
       VALUES ($1, $2, 'fix', 1, 'p', 'fix', $3, $1, 0, $4, true, clock_timestamp(), clock_timestamp(), 100, '[]', $5)`,
      [workspace, id, agent, fails ? 'failed' : 'succeeded', fails ? `cannot open /tmp/${id}: no such file` : null],
    );
    ids.push(id);
  }
  return ids;
}

const mine = (mining = createInsightMiningStore(stores.pool)): Promise<{ mined: number }> =>
  mineInsights({ mining, plans: stores.plans, heartbeat: () => undefined });

const say = (session: string, rating: number) =>
  createFeedbackStore(stores.pool).add({ workspace: 'default', session, run: 'fix' }, { rating });

/** As if the latest minings were so long ago. */
const tenMinutesLater = (): Promise<unknown> =>
  stores.pool.query(`UPDATE insight_minings SET mined_at = mined_at - interval '10 minutes'`);

const list = (filter: { agent?: string; taskType?: string; all?: boolean } = {}, workspace = 'default') =>
  createInsightCatalog(stores.pool).list(workspace, { all: false, ...filter });

const uneven = (nth: number) => ({ agent: nth % 2 === 0 ? 'ada' : 'bob', fails: nth % 2 === 1 && nth % 4 === 1 });

it('finds what outcomes show, once, with its numbers and links', async () => {
  await work(60, uneven);
  expect(await mine()).toEqual({ mined: 1 });
  const found = await list();
  expect(found.map(({ kind, scope, feature }) => ({ kind, scope, feature }))).toEqual(
    expect.arrayContaining([
      {
        kind: 'success_pattern',
        scope: { capability: 'code', taskType: 'bug-fix' },
        feature: { agent: 'default/ada' },
      },
      {
        kind: 'pitfall',
        scope: { capability: 'code', taskType: 'bug-fix' },
        feature: { error: 'cannot open PATH: no such file' },
      },
    ]),
  );
  const pitfall = found.find(({ kind, scope }) => kind === 'pitfall' && scope.agent === undefined);
  expect(pitfall).toMatchObject({
    says: '25% of 60 sessions with bug-fix (code) met the error “cannot open PATH: no such file”.',
    counts: { sessions: 60, sessionsThatMetIt: 15 },
    applied: 0,
    expiredAt: null,
  });
  expect(pitfall?.links).toHaveLength(10);
});

it('mines again when enough is new, and not before, and updates what it finds again', async () => {
  await work(60, uneven);
  await mine();
  const before = await list();
  await work(19, uneven);
  expect(await mine()).toEqual({ mined: 0 });
  await work(1, uneven);
  expect(await mine()).toEqual({ mined: 1 });
  const after = await list();
  expect(after.map(({ id }) => id).sort()).toEqual(before.map(({ id }) => id).sort());
  expect(after[0]?.firstSeen).toBe(before.find(({ id }) => id === after[0]?.id)?.firstSeen);
  expect(after[0]?.lastSeen).toBeGreaterThan(before[0]?.lastSeen ?? Infinity);
  expect(after.find(({ kind, scope }) => kind === 'pitfall' && scope.agent === undefined)?.says).toContain(
    '80 sessions',
  );
});

it('lets expire what newer outcomes do not show any more, and keeps it', async () => {
  await work(60, uneven);
  await mine();
  const before = await list();
  await work(60, (nth) => ({ agent: nth % 2 === 0 ? 'ada' : 'bob', fails: false }));
  await mine();
  expect(await list()).toEqual([]);
  const kept = await list({ all: true });
  expect(kept.map(({ id }) => id).sort()).toEqual(before.map(({ id }) => id).sort());
  expect(kept.every(({ expiredAt }) => expiredAt !== null)).toBe(true);
});

it('believes people more than verdicts', async () => {
  const ids = await work(60, (nth) => ({ agent: nth % 2 === 0 ? 'ada' : 'bob', fails: false }));
  for (const session of ids.filter((_, nth) => nth % 2 === 1)) await say(session, 1);
  await mine();
  expect((await list({ agent: 'default/bob' })).map(({ kind }) => kind)).toContain('failure_pattern');
});

it('mines again for what people say while nothing else happens, ten minutes after it last did', async () => {
  const ids = await work(60, (nth) => ({ agent: nth % 2 === 0 ? 'ada' : 'bob', fails: false }));
  await mine();
  expect(await list()).toEqual([]);
  for (const session of ids.filter((_, nth) => nth % 2 === 1)) await say(session, 1);
  expect(await mine()).toEqual({ mined: 0 });
  await tenMinutesLater();
  expect(await mine()).toEqual({ mined: 1 });
  expect((await list({ agent: 'default/bob' })).map(({ kind }) => kind)).toContain('failure_pattern');
  await tenMinutesLater();
  expect(await mine()).toEqual({ mined: 0 });
});

it('mines again for what is said while it mines', async () => {
  const [first = '', second = ''] = await work(60, uneven);
  await mine();
  await say(first, 1);
  await tenMinutesLater();
  const mining = createInsightMiningStore(stores.pool);
  const interrupted: typeof mining = {
    ...mining,
    attempts: async (...asked) => {
      const attempts = await mining.attempts(...asked);
      await say(second, 1);
      return attempts;
    },
  };
  expect(await mine(interrupted)).toEqual({ mined: 1 });
  await tenMinutesLater();
  expect(await mine()).toEqual({ mined: 1 });
  await tenMinutesLater();
  expect(await mine()).toEqual({ mined: 0 });
});

it('is not made to look at too little by what people say of it', async () => {
  const [session = ''] = await work(19, uneven);
  await say(session, 1);
  await tenMinutesLater();
  expect(await mine()).toEqual({ mined: 0 });
  await work(1, uneven);
  expect(await mine()).toEqual({ mined: 1 });
});

it('forgets what was before an agent was reset', async () => {
  await work(60, uneven);
  await stores.pool.query(
    `INSERT INTO learning_resets (workspace, agent_workspace, agent, at) VALUES ('default', 'default', 'bob', clock_timestamp())`,
  );
  await mine();
  expect(await list({ all: true })).toEqual([]);
});

it('lets expire what outcomes showed of an agent that is reset, where nothing new happens', async () => {
  await work(60, uneven);
  await mine();
  expect(await list()).not.toEqual([]);
  await createLearningStore(stores.pool).forget('default', { workspace: 'default', name: 'bob' });
  await tenMinutesLater();
  expect(await mine()).toEqual({ mined: 1 });
  expect(await list()).toEqual([]);
});

it('keeps workspaces apart', async () => {
  await work(60, uneven, 'other');
  expect(await mine()).toEqual({ mined: 1 });
  expect(await list({ all: true })).toEqual([]);
  expect((await list({}, 'other')).length).toBeGreaterThan(0);
  const reader = createInsightReader(stores.pool, Date.now);
  expect(await reader.holding('default')).toEqual([]);
  expect((await reader.holding('other')).length).toBeGreaterThan(0);
});

it('counts the prompts that told an insight, each attempt once, and measures what came of it', async () => {
  await work(60, uneven);
  await mine();
  const [pitfall] = (await list()).filter(({ kind, scope }) => kind === 'pitfall' && scope.agent === undefined);
  const id = pitfall?.id ?? '';
  const reader = createInsightReader(stores.pool, Date.now);
  const told = await work(20, () => ({ agent: 'bob', fails: false }));
  for (const session of [...told, ...told])
    await reader.apply({ workspace: 'default', session, run: 'fix', attempt: 1, token: 1 }, [id]);
  await work(20, (nth) => ({ agent: 'bob', fails: nth % 2 === 0 }));
  await mine();
  const [after] = (await list({ all: true })).filter((insight) => insight.id === id);
  expect(after).toMatchObject({
    applied: 20,
    effect: {
      withIt: { attempts: 20, sessions: 20, success: 1, medianDurationMs: 100 },
      without: { attempts: 20, sessions: 20, success: 0.5 },
    },
  });
  expect(after?.effect?.confidence).toBeGreaterThan(99);
});

it('keeps no longer which prompts told what than minings look back', async () => {
  const [session = ''] = await work(20, uneven);
  const reader = createInsightReader(stores.pool, Date.now);
  for (const attempt of [1, 2])
    await reader.apply({ workspace: 'default', session, run: 'fix', attempt, token: 1 }, ['some']);
  await stores.pool.query(`UPDATE insight_applications SET at = at - interval '91 days' WHERE attempt = 1`);
  await mine();
  const { rows } = await stores.pool.query('SELECT attempt FROM insight_applications');
  expect(rows).toEqual([{ attempt: 2 }]);
});

it('tells prompts only what is as sure as the workspace wants', async () => {
  await work(60, uneven);
  await mine();
  const confidences = (await list()).map(({ confidence }) => confidence ?? 0);
  const surest = Math.max(...confidences);
  await createSettingsStore(stores.pool).change('default', { set: { insightConfidence: surest }, unset: [] });
  const held = await createInsightReader(stores.pool, Date.now).holding('default');
  expect(held.every(({ confidence }) => confidence >= surest)).toBe(true);
  expect(held.length).toBeLessThan(confidences.length);
  expect(await list()).toHaveLength(held.length);
  expect((await list({ all: true })).length).toBe(confidences.length);
});

it('reads the insights of a workspace once in half a minute', async () => {
  let now = 0;
  const reader = createInsightReader(stores.pool, () => now);
  expect(await reader.holding('default')).toEqual([]);
  await work(60, uneven);
  await mine();
  now = 29_999;
  expect(await reader.holding('default')).toEqual([]);
  now = 30_000;
  expect((await reader.holding('default')).length).toBeGreaterThan(0);
});

it('learns from what agents say of how they worked, and advises it to who asks', async () => {
  const ids = await work(200, (nth) => ({
    agent: nth % 2 === 0 ? 'ada' : 'bob',
    fails: Math.floor(nth / 2) % 10 === 9,
  }));
  await stores.pool.query(
    `UPDATE outcomes SET work = jsonb_build_object(
       'tools', CASE verdict WHEN 'succeeded' THEN '["edit", "test", "push"]'::jsonb ELSE '["edit", "push"]' END,
       'filesChanged', CASE verdict WHEN 'succeeded' THEN '["src/a.ts"]'::jsonb ELSE '["src/legacy.ts"]' END,
       'messages', CASE agent WHEN 'ada' THEN 20 ELSE 8 END + n % 3)
     FROM unnest($1::text[]) WITH ORDINALITY AS x (id, n) WHERE session = id`,
    [ids],
  );
  await mine();
  const features = (await list()).filter(({ scope }) => scope.agent === undefined).map(({ feature }) => feature);
  expect(features).toEqual(
    expect.arrayContaining([
      { tools: 'edit → test' },
      { tools: 'edit → test → push' },
      { tools: 'edit → push' },
      { file: 'src/legacy.ts' },
    ]),
  );
  const learning = learningOn(stores.pool);
  const known = await learning.query({ capability: 'code', taskType: 'bug-fix', technologies: [] });
  expect(known.approach.map(({ kind }) => kind)).toEqual(Array.from({ length: 5 }, () => 'success_pattern'));
  expect(known.pitfalls.map(({ says }) => says).join(' ')).toMatch(/edit → push|src\/legacy\.ts/);
  expect(known.tips).toMatchObject([
    { kind: 'optimisation', says: expect.stringContaining('in fewer messages: 9 messages instead of 21 messages') },
  ]);
  const bob = { workspace: 'default', name: 'bob' };
  expect((await learning.query({ agent: bob, technologies: [] })).tips).toEqual(known.tips);
  expect(await learning.query({ capability: 'prose', technologies: [] })).toMatchObject({ approach: [], pitfalls: [] });
});

it('keeps with which other agents holds what was found of one, and gives it to prompts', async () => {
  const failing: Record<string, number> = { ada: 2, bob: 3, cyd: 1_000 };
  await work(180, (nth) => {
    const agent = ['ada', 'bob', 'cyd'][nth % 3] as string;
    return { agent, fails: Math.floor(nth / 3) % (failing[agent] ?? 1) === 1 };
  });
  await mine();
  const [ofAda] = (await list({ all: true })).filter(
    ({ kind, scope }) => kind === 'pitfall' && scope.agent === 'default/ada',
  );
  expect(ofAda?.distribution?.receivers.map(({ agent, verdict }) => [agent, verdict]).sort()).toEqual([
    ['default/bob', 'holds'],
    ['default/cyd', 'contradicted'],
  ]);
  expect((await list({ agent: 'default/bob' })).map(({ id }) => id)).toContain(ofAda?.id);
  expect((await list({ agent: 'default/cyd' })).map(({ id }) => id)).not.toContain(ofAda?.id);
  const held = await createInsightReader(stores.pool, Date.now).holding('default');
  expect(held.find(({ id }) => id === ofAda?.id)).toMatchObject({ sureFrom: 70, distribution: ofAda?.distribution });
});
