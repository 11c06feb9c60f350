import { mineInsights } from '../../src/activities/learning/mine-insights';
import type { AgentKey } from '../../src/domain/agents/agent';
import type { OutcomeReport } from '../../src/domain/learning/outcome-report';
import type { LearningQuery } from '../../src/domain/learning/learnings';
import { activityKey } from '../../src/domain/learning/belief';
import { createAgentDirectory } from '../../src/stores/agent-directory';
import { createAgentRegistry } from '../../src/stores/agents';
import { createInsightMiningStore } from '../../src/stores/insight-mining';
import { createInsightCatalog } from '../../src/stores/insights';
import { createLearningsReader } from '../../src/stores/learnings-reader';
import { createLearningStore } from '../../src/stores/learning';
import { createMetricsReader } from '../../src/stores/metrics';
import { createOutcomeReportStore } from '../../src/stores/outcome-reports';
import { definitionOf } from '../helpers/agent-definitions';
import { learnAll } from './learn-all';
import { openTestStores } from './test-stores';
import type { TestStores } from './test-stores';

let stores: TestStores;
let agents = 0;

beforeEach(async () => (stores = await openTestStores()));
afterEach(() => stores.close());

async function register(parts: Parameters<typeof definitionOf>[1] = {}, workspace = 'default'): Promise<AgentKey> {
  const name = `agent-${(agents += 1)}`;
  await createAgentRegistry(stores.pool).add(workspace, [definitionOf(name, parts)]);
  return { workspace, name };
}

const hourMs = 3_600_000;

function reportOf(id: string, agent: AgentKey, changes: Partial<OutcomeReport> = {}): OutcomeReport {
  return {
    id,
    agent,
    verdict: 'succeeded',
    kind: { capability: 'code', taskType: 'bug-fix', technologies: [] },
    attempt: 1,
    endedAt: Date.now() - hourMs,
    durationMs: 2_000,
    costUsd: 0.5,
    tokens: 70,
    inputTokens: null,
    outputTokens: null,
    cachedInputTokens: null,
    quality: null,
    error: null,
    model: null,
    work: null,
    ...changes,
  };
}

const report = (...reports: OutcomeReport[]): Promise<number> =>
  createOutcomeReportStore(stores.pool).add('default', reports);

it('counts a report once, however often it comes, and routing goes by what it taught', async () => {
  const agent = await register({ capabilities: [{ name: 'code', proficiency: 1, technologies: [] }] });
  const [good, bad] = [reportOf('1', agent), reportOf('2', agent, { verdict: 'failed', error: 'no such file' })];
  expect(await report(good, bad, good)).toBe(2);
  expect(await report(bad, reportOf('3', agent, { session: 'pr-7' }))).toBe(1);
  expect(await learnAll(stores)).toBe(3);
  const profile = (await createAgentDirectory(stores.pool).roster()).entry(agent)?.profile;
  expect(profile?.record).toMatchObject({ succeeded: expect.closeTo(2, 0), failed: expect.closeTo(1, 0) });
  expect(profile?.records?.get(activityKey({ capability: 'code', taskType: 'bug-fix' }))).toMatchObject({
    cost: { count: expect.closeTo(3, 0) },
  });
});

it('keeps nothing where an agent is not known, or is no business of the workspace', async () => {
  const agent = await register();
  const [hidden, shared] = [await register({}, 'lab'), await register({ shared: true }, 'lab')];
  await expect(report(reportOf('1', agent), reportOf('2', hidden))).rejects.toMatchObject({ code: 'AGENT_NOT_FOUND' });
  expect(await report(reportOf('1', agent), reportOf('2', shared))).toBe(2);
});

it('tells of tasks of a complexity who does them best', async () => {
  const [ada, bob] = [await register(), await register()];
  const hard = { capability: 'code', taskType: 'bug-fix', technologies: [], complexity: 'high' as const };
  await report(
    ...['1', '2', '3', '4'].map((id) => reportOf(id, ada)),
    reportOf('5', ada, { kind: hard, verdict: 'failed' }),
    reportOf('6', bob, { kind: hard }),
    reportOf('7', bob, { kind: { ...hard, taskType: 'novel' } }),
  );
  await learnAll(stores);
  const reader = createLearningsReader(stores.pool, Date.now);
  const records = async (query: Omit<LearningQuery, 'technologies'>) =>
    (await reader.cells('default', { ...query, technologies: [] })).map(({ agent, record: { succeeded, failed } }) => [
      agent.name,
      Math.round(succeeded),
      Math.round(failed),
    ]);
  expect((await records({ complexity: 'high' })).sort()).toEqual([
    [ada.name, 0, 1],
    [bob.name, 2, 0],
  ]);
  expect(await records({ complexity: 'high', taskType: 'novel' })).toEqual([[bob.name, 1, 0]]);
  expect(await records({ complexity: 'high', taskType: 'bug-fix', agent: ada })).toEqual([[ada.name, 0, 1]]);
  expect(await records({ complexity: 'high', capability: 'prose' })).toEqual([]);
  expect(await records({ complexity: 'low' })).toEqual([]);
  await createLearningStore(stores.pool).forget('default', ada);
  const later = createLearningsReader(stores.pool, Date.now);
  expect(await later.cells('default', { complexity: 'high', agent: ada, technologies: [] })).toEqual([]);
});

it('knows an agent in a type of task, whatever capability was asked for', async () => {
  const agent = await register();
  const kind = (capability: string, taskType: string) => ({ kind: { capability, taskType, technologies: [] } });
  await report(
    reportOf('1', agent, kind('code', 'bug-fix')),
    reportOf('2', agent, { ...kind('test', 'bug-fix'), verdict: 'failed' }),
    reportOf('3', agent, kind('', 'bug-fix')),
    ...['4', '5', '6'].map((id) => reportOf(id, agent, kind('code', 'novel'))),
  );
  await learnAll(stores);
  const reader = createLearningsReader(stores.pool, Date.now);
  const [known, ...others] = await reader.cells('default', { agent, taskType: 'bug-fix', technologies: [] });
  expect(others).toEqual([]);
  expect(known).toMatchObject({ agent, taskType: 'bug-fix', totalSucceeded: 2, totalFailed: 1 });
});

it('says what people said of it, and corrects by that', async () => {
  const agent = await register();
  await report(reportOf('1', agent, { feedback: { rating: 1 } }));
  await learnAll(stores);
  const { record } = (await createAgentDirectory(stores.pool).roster()).entry(agent)?.profile ?? {};
  expect(record).toMatchObject({ succeeded: 0, failed: 1 });
});

it('learns nothing of what ended before its agent was reset', async () => {
  const agent = await register();
  await createLearningStore(stores.pool).forget('default', agent);
  await report(reportOf('1', agent), reportOf('2', agent, { endedAt: Date.now() + 60_000 }));
  expect(await learnAll(stores)).toBe(1);
});

it('tells metrics of the time in which it ended, and neither breakers nor the backstop', async () => {
  const agent = await register();
  const now = Date.now();
  const failures = Array.from({ length: 20 }, (_, n) => reportOf(`${n}`, agent, { verdict: 'failed' }));
  await report(...failures, reportOf('old', agent, { endedAt: now - 50 * hourMs }));
  const [all] = await createMetricsReader(stores.pool).of('default', { from: now - 24 * hourMs, to: now });
  expect(all).toMatchObject({ attempts: 20, tasks: 20, failed: 20, costUsd: 10 });
  const { rows } = await stores.pool.query(
    `SELECT (SELECT count(*) FROM agent_breakers WHERE evidence <> '') AS breakers,
            (SELECT count(*) FROM outcomes WHERE accepted_turn IS NULL AND NOT undeliverable) AS untold,
            (SELECT count(*) FROM leases) AS leases, (SELECT count(*) FROM sessions) AS sessions`,
  );
  expect(rows).toEqual([{ breakers: 0, untold: 0, leases: 0, sessions: 0 }]);
});

const mine = (mining = createInsightMiningStore(stores.pool)): Promise<{ mined: number }> =>
  mineInsights({ mining, plans: stores.plans, heartbeat: () => undefined });

it('is mined with what sessions did, each report a witness by itself unless it says what it belongs to', async () => {
  const [ada, bob] = [await register(), await register()];
  const reports = Array.from({ length: 60 }, (_, n) =>
    reportOf(`${n}`, n % 2 === 0 ? ada : bob, {
      endedAt: Date.now() - n * 1_000,
      ...(n % 4 === 1 && { verdict: 'failed', error: `cannot open /tmp/${n}: no such file` }),
    }),
  );
  await report(...reports);
  await mine();
  const found = await createInsightCatalog(stores.pool).list('default', { all: false });
  expect(found.map(({ says }) => says)).toContain(
    '25% of 60 sessions with bug-fix (code) met the error “cannot open PATH: no such file”.',
  );
});

it('is mined when enough of it has come, however long ago it had ended, and what comes meanwhile later', async () => {
  const agent = await register();
  const old = (from: number, to: number): Promise<number> =>
    report(
      ...Array.from({ length: to - from }, (_, n) =>
        reportOf(`${from + n}`, agent, { endedAt: Date.now() - 50 * hourMs }),
      ),
    );
  await report(...Array.from({ length: 20 }, (_, n) => reportOf(`recent-${n}`, agent)));
  expect(await mine()).toEqual({ mined: 1 });
  await old(0, 19);
  await old(0, 19);
  expect(await mine()).toEqual({ mined: 0 });
  await old(19, 20);
  const mining = createInsightMiningStore(stores.pool);
  const interrupted: typeof mining = {
    ...mining,
    attempts: async (...asked) => {
      const attempts = await mining.attempts(...asked);
      await old(20, 40);
      return attempts;
    },
  };
  expect(await mine(interrupted)).toEqual({ mined: 1 });
  expect(await mine()).toEqual({ mined: 1 });
  expect(await mine()).toEqual({ mined: 0 });
});
