import { noTracing } from '../../src/contracts/ports/tracing';
import { randomUUID } from 'node:crypto';
import { OrchestraClient } from '../../src/client/orchestra-client';
import { searchAttributes } from '../../src/contracts/protocol/session';
import { readPlan, requirePlan } from '../../src/contracts/schemas/read-plan';
import { planDocuments } from '../../src/main/prepare-plan';
import { createApprovalStore } from '../../src/stores/approvals';
import { createBudgetStore } from '../../src/stores/budgets';
import { createEventStore } from '../../src/stores/events';
import { createFeedbackStore } from '../../src/stores/feedback';
import { createOutcomeReportStore } from '../../src/stores/outcome-reports';
import { createInsightCatalog } from '../../src/stores/insights';
import { createLearningStore } from '../../src/stores/learning';
import { createLearningsReader } from '../../src/stores/learnings-reader';
import { createAgentMemoryStore } from '../../src/stores/agent-memories';
import { createSettingsStore } from '../../src/stores/settings';
import { createConflictStore } from '../../src/stores/conflicts';
import { createSessionCatalog } from '../../src/stores/sessions';
import type { TestInstallation } from '../helpers/servers/test-installation';
import { until } from '../helpers/until';
import type { ControlledAgent } from './controlled-agent';
import { openWithAgent } from './open-with-agent';

let installation: TestInstallation;
let agent: ControlledAgent;
let close: () => Promise<void>;
beforeAll(async () => ({ installation, agent, close } = await openWithAgent()));
afterAll(() => close());

const planText = (name: string): string => `
version: 1
name: ${name}
inputs: { who: { type: string, default: you } }
agents: { remote: { connector: http, url: "${agent.url}" }, quick: { connector: simulated, latency: 1ms } }
tasks:
  quick: { agent: quick }
  list: { forEach: [1, 2, 3], agent: remote }
  last: { needs: [quick, list], agent: quick }
`;

const workflow = (id: string) => installation.temporal.workflow.getHandle(id);

it('tells the progress, in total and by task', async () => {
  const session = await installation.start(planText('progress'));
  await agent.answer('list[0]', { session: session.id });
  await until('one item and one task are done', async () => {
    const [list, quick] = await session.tasks({ offset: 0, limit: 10 });
    return quick?.status === 'succeeded' && list?.items?.ended === 1;
  });
  expect(await session.progress()).toMatchObject({ status: 'running', total: 3, succeeded: 1, running: 1, failed: 0 });
  const tasks = await session.tasks({ offset: 0, limit: 10 });
  expect(tasks).toMatchObject([
    { name: 'list', status: 'running', percent: 33, items: { total: 3, ended: 1, succeeded: 1, failed: 0 } },
    { name: 'quick', status: 'succeeded', percent: 100, agent: 'quick', attempts: 1, endedAt: expect.any(Number) },
    { name: 'last', status: 'pending', percent: 0, attempts: 0 },
  ]);
  expect(await session.tasks({ offset: 1, limit: 1 })).toEqual([tasks[1]]);
  await agent.answer('list[1]', { session: session.id });
  await agent.answer('list[2]', { session: session.id });
  await session.result();
  expect(await session.progress()).toMatchObject({ status: 'succeeded', succeeded: 3, percent: 100 });
});

it('can be found in Temporal by workspace, plan, status and mode, and shows its progress there', async () => {
  const session = await installation.start(planText('findable'));
  await agent.arrival('list[2]', 1, session.id);
  const query = `${searchAttributes.workspace} = 'default' AND ${searchAttributes.plan} = 'findable' AND ${searchAttributes.mode} = 'full_autonomous' AND WorkflowId = '${session.workflowId}'`;
  const count = async (status: string): Promise<number> =>
    (await installation.temporal.workflow.count(`${query} AND ${searchAttributes.status} = '${status}'`)).count;
  await until('it is found as running', async () => (await count('running')) === 1);

  const description = await workflow(session.workflowId).describe();
  expect(description.workflowId).toBe(`default/${session.id}`);
  expect(await description.staticSummary()).toBe('findable');
  const progress = '**running** · 33.3% · 1 of 3 tasks succeeded, 0 failed, 1 running · plan `findable`';
  await until('its progress is shown', async () => {
    const metadata = await workflow(session.workflowId).query<string>('__temporal_workflow_metadata');
    return currentDetails(metadata).includes(progress);
  });
  const summaries = (await workflow(session.workflowId).fetchHistory()).events?.flatMap(
    ({ activityTaskScheduledEventAttributes: scheduled, userMetadata }) => (scheduled ? [summaryOf(userMetadata)] : []),
  );
  expect(summaries).toEqual(expect.arrayContaining(['quick · quick', 'list[0] · remote', 'list[2] · remote']));

  await session.pause();
  await until('it is found as paused', async () => (await count('paused')) === 1);
  await session.cancel();
  await session.result();
  await until('it is found as cancelled', async () => (await count('cancelled')) === 1);
});

it('keeps the attributes of a session that is reopened', async () => {
  const session = await installation.start(`
version: 1
name: reopened
agents: { remote: { connector: http, url: "${agent.url}" } }
tasks: { only: { agent: remote, retry: { attempts: 1 } } }
`);
  await agent.answer('only', { session: session.id, status: 400 });
  expect(await session.result()).toMatchObject({ status: 'failed' });
  await session.retry();
  await agent.answer('only', { attempt: 2, session: session.id });
  expect(await session.result()).toMatchObject({ status: 'succeeded' });
  const query = `${searchAttributes.plan} = 'reopened' AND ${searchAttributes.workspace} = 'default' AND WorkflowId = '${session.workflowId}'`;
  await until('both runs are found', async () => (await installation.temporal.workflow.count(query)).count === 2);
});

it('runs where the server refuses the search attributes', async () => {
  const { plan, hash } = requirePlan(
    await readPlan({ file: 'test.plan.yaml', text: planText('unattributed') }, noFiles),
  );
  const session = await clientWithoutAttributes().start({
    plan,
    hash,
    documents: planDocuments(plan),
    baseDirectory: '/',
  });
  await Promise.all([0, 1, 2].map((item) => agent.answer(`list[${item}]`, { session: session.id })));
  expect(await session.result()).toMatchObject({ status: 'succeeded' });
  const events = (await workflow(session.workflowId).fetchHistory()).events ?? [];
  expect(events.filter((event) => event.upsertWorkflowSearchAttributesEventAttributes)).toEqual([]);
});

const noFiles = (path: string): Promise<string> => Promise.reject(new Error(`no file ${path}`));

/** As openInstallation makes it where the server has refused. */
function clientWithoutAttributes(): OrchestraClient {
  const { temporal, pool, plans, artifacts, configuration } = installation;
  const { leaseMs, grantMs, continueAfterEvents, workspace, taskQueue } = configuration;
  return new OrchestraClient({
    temporal,
    catalog: createSessionCatalog(pool, { artifacts, retentionDays: 30 }),
    conflicts: createConflictStore(pool),
    plans,
    tracing: noTracing,
    directory: installation.directory,
    approvals: createApprovalStore(pool),
    budgets: createBudgetStore(pool),
    workspaceSettings: createSettingsStore(pool),
    learning: createLearningStore(pool),
    learnings: createLearningsReader(pool, Date.now),
    feedback: createFeedbackStore(pool),
    reports: createOutcomeReportStore(pool),
    memories: createAgentMemoryStore(pool),
    insights: createInsightCatalog(pool),
    events: createEventStore(pool),
    schedules: installation.schedules,
    starts: {},
    settings: { taskQueue, leaseMs, grantMs, searchAttributes: false, continueAfterEvents },
    workspace,
    newId: randomUUID,
  });
}

interface Payload {
  data?: Uint8Array | null;
}

function summaryOf(metadata: { summary?: Payload | null } | null | undefined): string {
  return JSON.parse(Buffer.from(metadata?.summary?.data ?? []).toString() || '""') as string;
}

function currentDetails(metadata: unknown): string {
  return (metadata as { currentDetails?: string }).currentDetails ?? '';
}
