import { scheduleIdOf } from '../../src/contracts/protocol/scheduled-session';
import { readPlan, requirePlan } from '../../src/contracts/schemas/read-plan';
import { workflowIdOf } from '../../src/contracts/protocol/ids';
import type { SessionHandle } from '../../src/client/session-handle';
import { planDocuments } from '../../src/main/prepare-plan';
import type { TestInstallation } from '../helpers/servers/test-installation';
import { until } from '../helpers/until';
import type { ControlledAgent } from '../workflows/controlled-agent';
import { playRegistryScenarios } from './registry-scenarios';
import type { History } from './saved-histories';

export interface RecordedHistory {
  /** The feature, and the number of the run. */
  name: string;
  workflowId: string;
  history: History;
}

/** One session for each feature of the workflow that is wanted: what it is started with, and what is done to it. */
export async function runScenarios(
  installation: TestInstallation,
  agent: ControlledAgent,
  isWanted: (feature: string) => boolean,
): Promise<RecordedHistory[]> {
  const recorded: RecordedHistory[] = [];

  const play = async (
    feature: string,
    tasks: string,
    conduct: (session: SessionHandle) => Promise<void> = async () => undefined,
    { files = {}, children = [] as string[], more = '' } = {},
  ): Promise<void> => {
    if (!isWanted(feature)) return;
    const session = await installation.start(`${head(feature, agent.url)}${more}\ntasks:\n${tasks}`, {
      id: feature,
      files,
    });
    await conduct(session);
    await session.result();
    for (const [suffix, name] of [['', feature], ...children.map((child) => [`.${child}`, `${feature}-${child}`])]) {
      const workflowId = workflowIdOf('default', `${session.id}${suffix}`);
      recorded.push(...(await historiesOf(installation, workflowId, name ?? feature)));
    }
  };

  await play(
    'chain',
    'first: { agent: ok }\n  second: { needs: [first], agent: ok, if: "tasks.first.output.ok" }'.replace(/^/, '  '),
  );
  await play(
    'inline',
    '  first: { transform: 1 }\n  each: { needs: [first], forEach: [1, 2, 3], agent: ok, inline: true }\n  last: { needs: [each], agent: ok }\n  sum: { needs: [last], transform: "${{ tasks.first.output }}" }',
  );
  await play(
    'brought-turns',
    '  first: { agent: ok }\n  again: { needs: [first], agent: flaky, onFailure: continue }\n  each: { needs: [again], forEach: [1, 2, 3], agent: ok, inline: true }\n  both: { needs: [each], forEach: [1, 2], agent: ok }\n  last: { needs: [both], agent: ok }',
  );
  await play(
    'started-with-a-turn',
    '  first: { agent: ok }\n  each: { forEach: [1, 2], agent: ok }\n  never: { agent: ok, if: "1 == 2" }\n  review: { plan: ./review.plan.yaml }\n  last: { needs: [first, each, review], agent: ok }',
    undefined,
    {
      files: { 'review.plan.yaml': `${head('review', agent.url)}tasks:\n  check: { agent: ok }` },
      children: ['review'],
    },
  );
  await play(
    'fan-out',
    '  list: { run: [node, -e, "console.log([1,2,3,4,5])"], output: json }\n  each: { needs: [list], forEach: "${{ tasks.list.output }}", agent: ok, maxParallel: 2 }',
  );
  await play('retries', '  flaky: { agent: flaky }\n  slow: { agent: remote, timeout: 50ms, retry: { attempts: 2 } }');
  await play('timeouts', '  slow: { agent: remote, taskTimeout: 300ms }', undefined, { more: 'timeout: 1h' });
  await play(
    'gate-and-fallback',
    '  work: { agent: ok, gate: { check: "output.ok == false" }, onFailure: { fallback: other } }',
  );
  await play('failure', '  bad: { agent: broken }\n  after: { needs: [bad], agent: ok }');

  await play(
    'pause-and-resume',
    '  first: { agent: remote }\n  second: { needs: [first], agent: ok }',
    async (session) => {
      await agent.arrival('first', 1, session.id);
      await session.pause();
      await session.resume();
      await session.pause({ now: true });
      await untilStatus(session, 'first', 'queued');
      await session.resume();
      await agent.answer('first', { attempt: 2, session: session.id });
    },
  );
  await play('cancel', '  long: { agent: remote }\n  after: { needs: [long], agent: ok }', async (session) => {
    await agent.arrival('long', 1, session.id);
    await session.cancel({ reason: 'enough' });
  });
  await play(
    'cancel-task',
    '  long: { agent: remote }\n  after: { needs: [long], agent: ok }\n  other: { agent: remote }',
    async (session) => {
      await agent.arrival('long', 1, session.id);
      await session.cancelTask('long', { reason: 'wrong' });
      await untilStatus(session, 'long', 'cancelled');
      await session.retry({ task: 'long' });
      await agent.answer('long', { attempt: 2, session: session.id });
      await agent.answer('other', { session: session.id });
    },
  );
  await play('cancelled-in-temporal', '  long: { agent: remote }', async (session) => {
    await agent.arrival('long', 1, session.id);
    await installation.temporal.workflow.getHandle(session.workflowId).cancel();
  });
  await play('retry-of-a-finished-session', '  work: { agent: remote, retry: { attempts: 1 } }', async (session) => {
    await agent.answer('work', { session: session.id, status: 400 });
    await session.result();
    await session.retry();
    await agent.answer('work', { attempt: 2, session: session.id });
  });
  await play(
    'child-session',
    '  review: { plan: ./child.plan.yaml }\n  after: { needs: [review], agent: ok }',
    async (session) => {
      const child = `${session.id}.review`;
      await agent.arrival('work', 1, child);
      await session.pause();
      await session.resume();
      await agent.answer('work', { session: child });
    },
    {
      files: { 'child.plan.yaml': `${head('child', agent.url)}\ntasks: { work: { agent: remote } }` },
      children: ['review'],
    },
  );
  await play(
    'continue-as-new',
    [
      '  long: { agent: remote }',
      '  t0: { agent: ok }',
      ...Array.from({ length: 14 }, (_, at) => `  t${at + 1}: { agent: ok, needs: [t${at}] }`),
    ].join('\n'),
    async (session) => {
      await untilStatus(session, 't14', 'succeeded');
      await agent.answer('long', { session: session.id });
    },
  );
  await play(
    'race',
    '  draft: { agent: { capability: write, race: 3 } }\n  after: { needs: [draft], agent: ok }',
    async (session) => {
      await agent.arrival('draft[1]', 1, session.id);
      await agent.answer('draft[0]', { session: session.id, status: 400 });
      await untilStatus(session, 'draft[0]', 'failed');
      await agent.answer('draft[1]', { session: session.id });
    },
    {
      more: ['one', 'two', 'three']
        .map((name) => `  ${name}: { connector: http, url: "${agent.url}", capabilities: [write] }\n`)
        .join(''),
    },
  );
  await play('edit', '  first: { agent: remote }\n  gone: { needs: [first], agent: remote }', async (session) => {
    await agent.arrival('first', 1, session.id);
    const { plan, hash: from } = await session.plan();
    const { first } = plan.tasks;
    if (!first) throw new Error('the plan has lost its task');
    const edited = { ...plan, tasks: { early: first, first, last: { ...first, needs: ['early', 'first'] } } };
    const documents = planDocuments(edited);
    await session.edit({ plan: edited, hash: documents[0]?.hash ?? '', documents, from });
    for (const task of ['early', 'first', 'last']) await agent.answer(task, { session: session.id });
  });
  await playRegistryScenarios(installation, agent, play);
  if (isWanted('scheduled-session')) recorded.push(...(await runScheduledSession(installation)));
  for (const [feature, workflow] of Object.entries(scheduledWorkflows)) {
    if (isWanted(feature)) recorded.push(...(await runScheduled(installation, feature, workflow)));
  }
  return recorded;
}

/** What schedules start, by the name of its history. */
const scheduledWorkflows = { 'check-health': 'checkHealth', learn: 'learn', mine: 'mine' };

/** Started by the test, as a schedule would. */
async function runScheduled(
  installation: TestInstallation,
  feature: string,
  workflow: string,
): Promise<RecordedHistory[]> {
  const { temporal, configuration } = installation;
  const { taskQueue } = configuration;
  await temporal.workflow.start(workflow, { workflowId: feature, taskQueue, args: [] });
  return historiesOf(installation, feature, feature);
}

/** The workflow that a schedule of a user starts, up to the end of its session. */
async function runScheduledSession(installation: TestInstallation): Promise<RecordedHistory[]> {
  const plan = 'version: 1\nname: nightly\nagents: { ok: { connector: simulated } }\ntasks: { t: { agent: ok } }\n';
  const { plan: read, hash } = requirePlan(
    await readPlan({ file: 'nightly', text: plan }, () => Promise.reject(new Error())),
  );
  const { schedules } = installation.client;
  const times = { cron: ['0 3 29 2 *'], timeZone: 'UTC', overlap: 'skip', catchUpMs: 60_000 } as const;
  const documents = planDocuments(read);
  await schedules.create({
    name: 'nightly',
    plan: read,
    hash,
    documents,
    baseDirectory: '/',
    inputs: {},
    ...times,
    cron: [...times.cron],
  });
  await schedules.trigger('nightly');
  await until('it was started', async () => (await schedules.get('nightly')).recent.length > 0);
  const handle = installation.temporal.schedule.getHandle(scheduleIdOf('default', 'nightly'));
  const [action] = (await handle.describe()).info.recentActions;
  await schedules.remove('nightly');
  return historiesOf(installation, action?.action.workflow.workflowId ?? '', 'scheduled-session');
}

function head(name: string, url: string): string {
  return `
version: 1
name: ${name}
defaults: { retry: { attempts: 3, initialInterval: 20ms, maxInterval: 50ms } }
agents:
  ok: { connector: simulated, latency: 1ms, output: { ok: true } }
  other: { connector: simulated, latency: 1ms, output: { ok: false } }
  broken: { connector: simulated, latency: 1ms, script: [failed] }
  flaky: { connector: simulated, latency: 1ms, script: [failed, rate_limited, succeeded] }
  remote: { connector: http, url: "${url}" }
`;
}

async function untilStatus(session: SessionHandle, task: string, status: string): Promise<void> {
  await until(`${task} is ${status}`, async () =>
    (await session.runs()).some((run) => run.run === task && run.status === status),
  );
}

/** Of all runs of the workflow, in their order. */
async function historiesOf(
  { temporal }: TestInstallation,
  workflowId: string,
  feature: string,
): Promise<RecordedHistory[]> {
  const isClosed = async (): Promise<boolean> =>
    (await temporal.workflow.getHandle(workflowId).describe()).closeTime !== undefined;
  await until(`workflow ${workflowId} is closed`, isClosed);
  const runs: { runId: string; startTime: Date }[] = [];
  // The index of workflows follows the workflows themselves at some distance.
  await until(`all runs of ${workflowId} are listed as closed`, async () => {
    runs.length = 0;
    let isOpen = false;
    for await (const { runId, startTime, status } of temporal.workflow.list({
      query: `WorkflowId = '${workflowId}'`,
    })) {
      runs.push({ runId, startTime });
      isOpen ||= status.name === 'RUNNING';
    }
    return runs.length > 0 && !isOpen;
  });
  runs.sort((one, other) => one.startTime.getTime() - other.startTime.getTime());
  return Promise.all(
    runs.map(async ({ runId }, at) => ({
      name: `${feature}.${at + 1}`,
      workflowId,
      history: await temporal.workflow.getHandle(workflowId, runId).fetchHistory(),
    })),
  );
}
