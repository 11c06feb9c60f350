import type { LearningBatch, Learnt } from '../../src/contracts/ports/learning-store';
import type { RunTaskInput } from '../../src/contracts/protocol/activities';
import type { OutcomeReport } from '../../src/domain/learning/outcome-report';
import { memoryOwner } from '../../src/domain/memory/memory';
import { defaultPolicy } from '../../src/domain/health/circuit-breaker';
import { createAlertStore } from '../../src/stores/alerts';
import { createApprovalStore } from '../../src/stores/approvals';
import { createAgentBehaviours } from '../../src/stores/agent-behaviours';
import { createAgentBreakers } from '../../src/stores/agent-breakers';
import { createAgentMemoryStore } from '../../src/stores/agent-memories';
import { createAgentRelationshipReader } from '../../src/stores/agent-relationships';
import { createAttemptStore } from '../../src/stores/attempts';
import { createFeedbackStore } from '../../src/stores/feedback';
import { createForecastStore } from '../../src/stores/forecasts';
import { createHealthStore } from '../../src/stores/health';
import { createInsightMiningStore } from '../../src/stores/insight-mining';
import { createInsightCatalog, createInsightReader } from '../../src/stores/insights';
import { createLearningStore } from '../../src/stores/learning';
import { createLearningsReader } from '../../src/stores/learnings-reader';
import { createMemoryMeaning } from '../../src/stores/memory-meaning';
import { createMetricsReader } from '../../src/stores/metrics';
import { createOutcomeReportStore } from '../../src/stores/outcome-reports';
import { createRoutingReader } from '../../src/stores/routing-reader';
import { createPlanVersions } from '../../src/stores/plan-versions';
import { createSessionCatalog } from '../../src/stores/sessions';
import { createWebhookMessages } from '../../src/stores/webhook-messages';
import { explainPlans } from './explained-plans';
import type { ExplainedPool, Read } from './explained-plans';
import { addManyOutcomes, addOpenAttempts, manyTasks } from './many-outcomes';
import { settlement } from './settlements';
import { openTestStores } from './test-stores';
import type { TestStores } from './test-stores';

let stores: TestStores;
let explained: ExplainedPool;
let open: RunTaskInput[];

beforeAll(async () => {
  stores = await openTestStores();
  await addManyOutcomes(stores, ['default', 'other']);
  open = await addOpenAttempts(stores, 'fresh');
  explained = await explainPlans(stores.databaseUrl);
});
afterAll(async () => {
  await explained.pool.end();
  await stores.close();
});

/** Tables of which a statement that reads all reads too much. Each workspace has a thousand rows of them and more. */
const large = [
  ...[
    'agent_events',
    'agent_memories',
    'alert_events',
    'approvals',
    'capability_steps',
    'health_events',
    'health_samples',
    'insight_applications',
  ],
  ...['known_tasks', 'leases', 'learned_handovers', 'memory_embeddings', 'outcome_feedback', 'outcomes'],
  ...['outcomes_to_learn', 'plans', 'sessions', 'task_runs', 'webhook_deliveries', 'webhook_messages'],
];

/** What is done, and how many rows it may look at in all. */
type Work = [name: string, most: number, work: (stores: ExplainedPool) => Promise<unknown>];

const workspace = 'default';
const agent = { workspace, name: 'agent-5' };
const tasks = Array.from({ length: manyTasks }, (_, at) => `task_${at}`);
const asked = { capability: 'skill-0', taskType: 'type-0', technologies: [], text: 'Fix part 0 of the parser.' };
const owner = memoryOwner(workspace, agent);
const ofADay = Object.fromEntries([1, 2, 3, 4, 5].map((n) => [`metric-${n}`, 86_400_000]));
const lastMinutes = { from: Date.now() - 5 * 60_000, to: Date.now() + 60_000 };

const learning: Work[] = [
  [
    'known of a capability',
    200,
    ({ pool }) => learnings(pool).cells(workspace, { capability: 'skill-0', technologies: [] }),
  ],
  ['known of an agent', 20, ({ pool }) => learnings(pool).cells(workspace, { agent, technologies: [] })],
  [
    'known of who knows a technology',
    400,
    ({ pool }) => learnings(pool).cells(workspace, { capability: 'skill-0', technologies: ['rust'] }),
  ],
  [
    'known of a type of task',
    200,
    ({ pool }) => learnings(pool).cells(workspace, { taskType: 'type-0', technologies: [] }),
  ],
  [
    'known of an agent in hard tasks of a type',
    20,
    ({ pool }) => learnings(pool).cells(workspace, { agent, taskType: 'type-0', complexity: 'high', technologies: [] }),
  ],
  [
    'known of hard tasks',
    400,
    ({ pool }) => learnings(pool).cells(workspace, { complexity: 'high', technologies: [] }),
  ],
  ['all of an agent', 20, ({ pool }) => learnings(pool).ofAgent(workspace, agent)],
  ['steps of an agent', 60, ({ pool }) => learnings(pool).steps(workspace, agent)],
  ['attempts like one to come', 2_500, ({ pool }) => createRoutingReader(pool).examples(workspace, asked, 3)],
  ['outcomes of a task', 40, ({ pool }) => createRoutingReader(pool).outcomes(workspace, 'session-7', 'task_3')],
  ['relationships of an agent', 5_000, ({ pool }) => createAgentRelationshipReader(pool).of(workspace, agent)],
  [
    'feedback',
    30,
    ({ pool }) => createFeedbackStore(pool).add({ workspace, session: 'session-7', run: 'task_3' }, { rating: 5 }),
  ],
  ['an outcome from elsewhere', 20, ({ pool }) => createOutcomeReportStore(pool).add(workspace, [report])],
  [
    'insights on a type of task',
    400,
    ({ pool }) => learnings(pool).insights(workspace, { taskType: 'type-0', technologies: [] }),
  ],
  ['insights that hold', 400, ({ pool }) => createInsightReader(pool, Date.now).holding(workspace)],
  [
    'insights with how often they were told',
    6_000,
    ({ pool }) => createInsightCatalog(pool).list(workspace, { all: false }),
  ],
  ['workspaces to mine', 3_000, ({ pool }) => createInsightMiningStore(pool).due()],
  ['workspaces of which people said something', 60, (given) => dueForWhatWasSaid(given)],
  [
    'attempts to mine',
    800,
    ({ pool }) => createInsightMiningStore(pool).attempts(workspace, { limit: 100, maxAgeMs: 86_400_000 }),
  ],
  ['sessions to forecast', 20, ({ pool }) => createForecastStore(pool).due(10)],
  ['runs of a session', 60, ({ pool }) => createForecastStore(pool).runs(workspace, 'session-0')],
  ['measured tasks', 1_100, ({ pool }) => createForecastStore(pool).measured(workspace, 'bench', tasks)],
  ['durations of an agent', 70, ({ pool }) => createForecastStore(pool).durationsOf(workspace, agent)],
  ['earlier sessions', 500, ({ pool }) => createForecastStore(pool).earlier(workspace, 'bench', tasks, 'session-0')],
  ['what others have at an agent', 20, ({ pool }) => createForecastStore(pool).shared(workspace, [agent])],
  ['what sessions still want', 150, ({ pool }) => createForecastStore(pool).ahead(workspace, ['session-0'], [agent])],
  ['places that are left', 20, ({ pool }) => createForecastStore(pool).places(workspace, 'session-0', [agent])],
  ['what is remembered', 250, ({ pool }) => createAgentMemoryStore(pool).list(owner, 10)],
  ['what is remembered, by words', 250, ({ pool }) => createAgentMemoryStore(pool).search(owner, 'parser', 10)],
  ['what is remembered, by meaning', 400, ({ pool }) => meaning(pool).nearest(owner, 'parser')],
  [
    'a page of what is remembered',
    250,
    ({ pool }) => createAgentMemoryStore(pool).list(owner, 10, [Date.now(), 'memory-5']),
  ],
  [
    'a page of insights',
    100,
    ({ pool }) => createInsightCatalog(pool).list(workspace, { all: true }, { limit: 10, after: [-80, 'insight-1'] }),
  ],
  ['an agent anew', 4_000, ({ pool }) => learnAnew(pool)],
  ['a batch', 18_000, ({ pool }) => createLearningStore(pool).learnBatch(1_000, learntFrom)],
  ['a reset', 30_000, ({ pool }) => createLearningStore(pool).forget(workspace, agent)],
];

const health: Work[] = [
  ['work of a workspace', 5_000, ({ pool }) => createHealthStore(pool).measureWork(workspace)],
  ['workspaces', 20, ({ pool }) => createHealthStore(pool).workspaces()],
  [
    'a sweep',
    3_000,
    ({ pool }) =>
      createHealthStore(pool).record(
        workspace,
        { id: 'one', at: Date.now() },
        { 'metric-1': 3_600_000 },
        () => sweepResult,
      ),
  ],
  [
    'a sweep that predicts five metrics from a day',
    3_000,
    ({ pool }) =>
      createHealthStore(pool).record(workspace, { id: 'two', at: Date.now() + 1 }, ofADay, () => sweepResult),
  ],
  ['health events', 20, ({ pool }) => createHealthStore(pool).events(workspace, 10)],
  ['behaviours', 20_000, ({ pool }) => createAgentBehaviours(pool).observe(50)],
  ['breakers', 3_000, ({ pool }) => createAgentBreakers(pool).judge(defaultPolicy, 50)],
  ['events of an agent', 20, ({ pool }) => createAgentBreakers(pool).events(agent, 10)],
  ['a page of health events', 20, ({ pool }) => createHealthStore(pool).events(workspace, 10, [1_000])],
  ['a page of events of an agent', 20, ({ pool }) => createAgentBreakers(pool).events(agent, 10, [1_000])],
  ['metrics of some minutes', 6_000, ({ pool }) => createMetricsReader(pool).of(workspace, lastMinutes)],
  ['metrics of a session', 40, ({ pool }) => createMetricsReader(pool).ofSession(workspace, 'session-7')],
];

const behind: { limit: number; after: [number, string] } = { limit: 10, after: [Date.now() - 3_600_000, ''] };
const unused = { artifacts: {} as never, retentionDays: 30 };
const pages: Work[] = [
  ['questions', 30, ({ pool }) => createApprovalStore(pool).list(workspace, { onlyOpen: false, ...behind })],
  [
    'questions that are open',
    30,
    ({ pool }) => createApprovalStore(pool).list(workspace, { onlyOpen: true, ...behind }),
  ],
  ['versions of a plan', 30, ({ pool }) => createPlanVersions(pool).list(workspace, 'bench', behind)],
  ['deliveries', 60, ({ pool }) => messages(pool).deliveries(workspace, 'receiver', 10, behind.after)],
  ['alerts that were', 60, ({ pool }) => createAlertStore(pool).history(workspace, 10, behind.after)],
  [
    'tasks of a session',
    60,
    ({ pool }) => createSessionCatalog(pool, unused).runs(workspace, 'session-3', { limit: 5, after: [3, -1] }),
  ],
];

const attempts: Work[] = [
  ['ten begin', 200, ({ pool }) => all(open.slice(0, 10), (attempt) => attemptStore(pool).begin(attempt, 'worker'))],
  ['ten go on', 100, ({ pool }) => attemptStore(pool).extend(open.slice(0, 10), 30_000)],
  ['ten end', 300, ({ pool }) => all(open.slice(0, 10), (attempt) => attemptStore(pool).settle(settlement(attempt)))],
];

describe.each([
  ['learning', learning],
  ['attempts', attempts],
  ['health', health],
  ['a page', pages],
])('%s reads what it needs, and no table from end to end:', (_, works) => {
  it.each(works)('%s: at most %d rows', async (_name, most, work) => {
    const reads = await explained.readsOf(() => work(explained));
    expect(reads).not.toEqual([]);
    expect(reads.filter(readsAll)).toEqual([]);
    const rows = reads.reduce((sum, read) => sum + read.rows, 0);
    expect({ rows: Math.min(rows, most), ofThem: rows > most ? largest(reads) : [] }).toEqual({ rows, ofThem: [] });
  });
});

it('sees a statement that reads all', async () => {
  const reads = await explained.readsOf(async () => {
    const client = await explained.pool.connect();
    await client.query(`BEGIN; SET LOCAL orchestra.workspace = 'default'`);
    await client.query('SELECT count(*) FROM outcomes WHERE upper(verdict) = $1', ['LOST']);
    await client.query('COMMIT');
    client.release();
  });
  expect(largest(reads)[0]?.rows).toBeGreaterThanOrEqual(20_000);
});

/** A look at a large table, or a whole index of it, from end to end. */
function readsAll({ of, node, byKey, rows }: Read): boolean {
  return large.includes(of) && rows > 1_000 && (node === 'Seq Scan' || !byKey);
}

function largest(reads: readonly Read[]): Read[] {
  return [...reads].sort((left, right) => right.rows - left.rows).slice(0, 5);
}

const messages = (pool: ExplainedPool['pool']) => createWebhookMessages(pool, {} as never);
const attemptStore = (pool: ExplainedPool['pool']) => createAttemptStore(pool, { retentionDays: 30 });
const all = <T>(these: T[], each: (one: T) => Promise<unknown>) => Promise.all(these.map(each));

const learnings = (pool: ExplainedPool['pool']) => createLearningsReader(pool, Date.now);
const meaning = (pool: ExplainedPool['pool']) =>
  createMemoryMeaning(pool, { embedder: { model: 'm', embed: async () => [[1, 0]] }, minSimilarity: 0 });

/** As if each attempt had gone on from the first task of its session; the cells are written as they are. */
function learntFrom({ attempts, cells }: LearningBatch): Promise<Learnt> {
  const handovers = attempts.map(({ workspace: of, session, agent: by, endedAt }) => ({
    ...{ workspace: of, session, from: { need: 'task_0' }, agent: by, success: 1, endedAt },
  }));
  return Promise.resolve({ cells, steps: [], tasks: [], handovers });
}

/** What somebody says of an attempt has its agent learnt anew. */
async function learnAnew(pool: ExplainedPool['pool']): Promise<void> {
  await createFeedbackStore(stores.pool).add({ workspace, session: 'session-8', run: 'task_3' }, { rating: 1 });
  await createLearningStore(pool).learnBatch(1, learntFrom);
}

/** Nothing has happened since everything was mined, but that somebody said something. */
async function dueForWhatWasSaid({ pool }: ExplainedPool): Promise<void> {
  await stores.pool.query(
    `INSERT INTO insight_minings (workspace, outcomes, up_to, mined_at)
     SELECT workspace, count(*), max(settled_at), now() - interval '1 hour' FROM outcomes GROUP BY workspace
     ON CONFLICT (workspace) DO UPDATE SET outcomes = excluded.outcomes, up_to = excluded.up_to, mined_at = excluded.mined_at,
       mined_corrections = insight_minings.corrections`,
  );
  await createFeedbackStore(stores.pool).add({ workspace, session: 'session-9', run: 'task_3' }, { rating: 1 });
  const due = await createInsightMiningStore(pool).due();
  expect(due.map((one) => one.workspace)).toEqual([workspace]);
}

const report: OutcomeReport = {
  id: 'elsewhere-1',
  agent,
  kind: { taskType: 'type-0', capability: 'skill-0', technologies: [] },
  verdict: 'succeeded',
  attempt: 1,
  endedAt: Date.now(),
  durationMs: 1_000,
  ...{ costUsd: null, tokens: null, inputTokens: null, outputTokens: null, cachedInputTokens: null },
  ...{ quality: null, error: null, model: null, work: null },
};

const sweepResult = {
  report: { at: Date.now() },
  detectors: {},
  samples: { 'metric-1': 1 },
  events: [],
} as never;
