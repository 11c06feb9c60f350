import { openTestInstallation } from '../helpers/servers/test-installation';
import type { TestInstallation } from '../helpers/servers/test-installation';
import { until } from '../helpers/until';
import { startControlledAgent } from './controlled-agent';
import type { ControlledAgent } from './controlled-agent';

let installation: TestInstallation;
let agent: ControlledAgent;

beforeAll(async () => {
  [installation, agent] = await Promise.all([
    openTestInstallation({ ORCHESTRA_CONTINUE_AFTER_EVENTS: '50' }),
    startControlledAgent(),
  ]);
  await installation.startWorkers();
});
afterAll(async () => {
  await agent.close();
  await installation.close();
});

type Session = Awaited<ReturnType<TestInstallation['start']>>;

const start = (tasks: string, files: Record<string, string> = {}): Promise<Session> =>
  installation.start(`${head('parent')}tasks:\n${tasks}`, { files });

const head = (name: string): string => `
version: 1
name: ${name}
agents: { remote: { connector: http, url: "${agent.url}" }, quick: { connector: simulated, latency: 1ms } }
`;

/** Workflow runs that have taken turns of the session. */
async function countRuns(session: Session): Promise<number> {
  const { rowCount } = await installation.pool.query('SELECT FROM session_runs WHERE session = $1', [session.id]);
  return rowCount ?? 0;
}

async function runIdOf({ workflowId }: Session): Promise<string> {
  return (await installation.temporal.workflow.getHandle(workflowId).describe()).runId;
}

/** Pauses and resumes until the session continues as another run. */
async function untilContinued(session: Session): Promise<void> {
  const before = await runIdOf(session);
  await until('the session has continued as new', async () => {
    await session.pause();
    await session.resume();
    return (await runIdOf(session)) !== before;
  });
}

async function doubleEvents(session: Session): Promise<unknown[]> {
  const { rows } = await installation.pool.query<{ event_id: string }>(
    'SELECT event_id FROM session_events WHERE session = $1 AND event_id IS NOT NULL GROUP BY 1 HAVING count(*) > 1',
    [session.id],
  );
  return rows;
}

it('carries attempts and child sessions in flight over, and runs none of them twice', async () => {
  const session = await start(
    '  long: { agent: remote }\n  review: { plan: ./child.plan.yaml }\n  last: { needs: [long, review], agent: quick }',
    {
      'child.plan.yaml': `${head('child')}tasks: { work: { agent: remote } }`,
    },
  );
  const childId = `${session.id}.review`;
  await agent.arrival('long', 1, session.id);
  await agent.arrival('work', 1, childId);
  await untilContinued(session);
  await untilContinued(session);
  await agent.answer('long', { session: session.id });
  await agent.answer('work', { session: childId });
  expect(await session.result()).toMatchObject({ status: 'succeeded' });
  expect((await session.runs()).map(({ run, attempts }) => [run, attempts])).toEqual([
    ['long', 1],
    ['review', 1],
    ['last', 1],
  ]);
  expect(agent.visits.filter((visit) => visit.session === session.id || visit.session === childId)).toHaveLength(2);
  expect(await doubleEvents(session)).toEqual([]);
});

it('does a request once that is repeated in a later run', async () => {
  const session = await start('  long: { agent: remote }');
  await agent.arrival('long', 1, session.id);
  await session.pause({ requestId: 'only-once' });
  await session.resume();
  await untilContinued(session);
  expect(await session.pause({ requestId: 'only-once' })).toEqual({ status: 'running' });
  await agent.answer('long', { session: session.id });
  expect(await session.result()).toMatchObject({ status: 'succeeded' });
  expect(await doubleEvents(session)).toEqual([]);
});

it('keeps its timers', async () => {
  const session = await start('  long: { agent: remote, taskTimeout: 8s, timeout: 1h, retry: { attempts: 1 } }');
  const visit = await agent.arrival('long', 1, session.id);
  await untilContinued(session);
  expect(await session.result()).toMatchObject({ status: 'failed' });
  expect((await session.runs())[0]).toMatchObject({ reason: 'task-timeout' });
  expect(visit.isStopped).toBe(true);
});

it('continues in the middle of a long chain, again and again', async () => {
  const names = Array.from({ length: 30 }, (_, at) => `t${at}`);
  const session = await start(
    names.map((name, at) => `  ${name}: { agent: quick${at > 0 ? `, needs: [t${at - 1}]` : ''} }`).join('\n'),
  );
  expect(await session.result()).toMatchObject({ status: 'succeeded' });
  expect(await countRuns(session)).toBeGreaterThan(2);
  expect((await session.runs()).every(({ status, attempts }) => status === 'succeeded' && attempts === 1)).toBe(true);
  expect(await doubleEvents(session)).toEqual([]);
});
