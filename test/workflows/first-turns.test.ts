import type { SessionHandle } from '../../src/client/session-handle';
import { resetWorkflow } from '../helpers/e2e/reset-workflow';
import type { TestInstallation } from '../helpers/servers/test-installation';
import { until } from '../helpers/until';
import type { ControlledAgent } from './controlled-agent';
import { openWithAgent } from './open-with-agent';

let installation: TestInstallation;
let agent: ControlledAgent;
let close: () => Promise<void>;
beforeAll(async () => ({ installation, agent, close } = await openWithAgent()));
afterAll(() => close());

const planOf = (tasks: string, more = ''): string => `
version: 1
name: first-turns
defaults: { retry: { attempts: 2, initialInterval: 1ms } }
agents:
  remote: { connector: http, url: "${agent.url}" }
  quick: { connector: simulated, latency: 1ms, output: { n: 1 } }
${more}
tasks:
${tasks}
`;

const start = (tasks: string, options: { id?: string; more?: string } = {}): Promise<SessionHandle> =>
  installation.start(planOf(tasks, options.more), options.id === undefined ? {} : { id: options.id });

async function historyOf(session: SessionHandle) {
  return (await installation.temporal.workflow.getHandle(session.workflowId).fetchHistory()).events ?? [];
}

/** Turns that the workflow has asked for. */
async function askedFor(session: SessionHandle): Promise<number> {
  return (await historyOf(session)).filter(
    ({ markerRecordedEventAttributes: marker }) => marker?.markerName === 'core_local_activity',
  ).length;
}

async function logOf(session: SessionHandle): Promise<string[]> {
  const lines: string[] = [];
  for await (const { type, run } of session.events())
    lines.push(run === undefined || run === null ? type : `${type} ${run}`);
  return lines;
}

async function expectNothingOpen(session: SessionHandle): Promise<void> {
  const { rows } = await installation.pool.query(
    `SELECT run FROM leases WHERE session = $1 AND released_at IS NULL
     UNION ALL SELECT run FROM outcomes WHERE session = $1 AND accepted_turn IS NULL
     UNION ALL SELECT event_id FROM session_events WHERE session = $1 AND NOT abandoned GROUP BY event_id HAVING event_id IS NOT NULL AND count(*) > 1`,
    [session.id],
  );
  expect(rows).toEqual([]);
}

it('comes with the start: the first workflow task schedules the first attempts', async () => {
  const session = await start(`
  a: { agent: quick }
  b: { needs: [a], agent: quick }
`);
  expect(await session.result()).toMatchObject({ status: 'succeeded', progress: { succeeded: 2 } });
  expect(await askedFor(session)).toBe(0);
  const events = await historyOf(session);
  const first = events.findIndex(({ workflowTaskCompletedEventAttributes: one }) => one);
  const scheduled = events.findIndex(({ activityTaskScheduledEventAttributes: one }) => one);
  const second = events.findIndex(({ workflowTaskScheduledEventAttributes: one }, at) => one && at > first);
  expect(scheduled).toBeGreaterThan(first);
  expect(scheduled).toBeLessThan(second);
  await expectNothingOpen(session);
});

it('starts sub-plans and fans out, and what comes at the same moment is taken in by the next turn', async () => {
  const session = await start(`
  each: { forEach: [1, 2, 3], agent: quick }
  one: { agent: remote }
  last: { needs: [each, one], agent: quick }
outputs: { n: "\${{ tasks.last.output.n }}" }
`);
  const pausing = session.pause();
  await agent.answer('one', { session: session.id });
  await pausing;
  await session.resume();
  expect(await session.result()).toMatchObject({ status: 'succeeded' });
  expect((await session.overview()).outputs).toEqual({ n: 1 });
  await expectNothingOpen(session);
});

it('ends a session in which nothing is to be done', async () => {
  const session = await start(`
  a: { agent: quick, if: "1 == 2" }
  b: { needs: [a], agent: quick, if: "1 == 2" }
`);
  expect(await session.result()).toMatchObject({ progress: { skipped: 2 } });
  expect(await askedFor(session)).toBe(0);
});

it.each([
  ['runs tasks inside of turns', '  a: { agent: quick, inline: true }\n'],
  [
    'has many tasks',
    Array.from(
      { length: 251 },
      (_, at) => `  t${at}: { agent: quick, needs: [${at > 0 ? `t${at - 1}` : ''}], if: "${at} == 0" }\n`,
    ).join(''),
  ],
])('is asked for by the workflow of a session that %s, and taken once', async (_, tasks) => {
  const session = await start(tasks);
  await session.result();
  expect(await askedFor(session)).toBeGreaterThanOrEqual(1);
  const { rows } = await installation.pool.query(`SELECT turn, run_id FROM turns WHERE session = $1 AND turn = 1`, [
    session.id,
  ]);
  expect(rows).toEqual([{ turn: 1, run_id: 'start' }]);
  await expectNothingOpen(session);
});

it('is there for who starts the session again, after its workflow could not be started', async () => {
  const down = jest.spyOn(installation.temporal.workflow, 'start').mockRejectedValueOnce(new Error('Temporal is away'));
  const id = 'started-twice';
  await expect(start('  a: { agent: quick }\n', { id })).rejects.toThrow('Temporal is away');
  down.mockRestore();
  const session = await start('  a: { agent: quick }\n', { id });
  expect(await session.result()).toMatchObject({ status: 'succeeded' });
  expect((await logOf(session)).filter((line) => line === 'attempt-started a')).toHaveLength(1);
  // The same start once more changes nothing.
  await start('  a: { agent: quick }\n', { id });
  expect((await session.overview()).status).toBe('succeeded');
  await expectNothingOpen(session);
});

it.each([0, 1])('is kept by a reset to workflow task %i, which repeats nothing that is done', async (workflowTask) => {
  const session = await start(`
  first: { agent: remote }
  second: { needs: [first], agent: remote }
  last: { needs: [second], agent: quick }
`);
  await agent.answer('first', { session: session.id });
  await agent.arrival('second', 1, session.id);
  await resetWorkflow({ installation }, session, workflowTask);
  await until('the new run has caught up', async () => {
    const progress = await session.progress().catch(() => undefined);
    return progress?.succeeded === 1;
  });
  await agent.answer('second', { session: session.id });
  expect(await session.result()).toMatchObject({ status: 'succeeded', progress: { succeeded: 3 } });
  expect(agent.visits.filter((visit) => visit.session === session.id).map(({ task }) => task)).toEqual([
    'first',
    'second',
  ]);
  await expectNothingOpen(session);
});

it('is left to the workflow where it fails, or where no turns are taken in this process', async () => {
  const { starts } = installation;
  const { firstTurns } = starts;
  if (!firstTurns) throw new Error('the workers of this process take turns');
  jest.spyOn(firstTurns, 'take').mockRejectedValueOnce(new Error('no connection'));
  const failed = await start('  a: { agent: quick }\n');
  delete starts.firstTurns;
  const elsewhere = await start('  a: { agent: quick }\n');
  starts.firstTurns = firstTurns;
  for (const session of [failed, elsewhere]) {
    expect(await session.result()).toMatchObject({ status: 'succeeded' });
    expect(await askedFor(session)).toBe(1);
  }
});
