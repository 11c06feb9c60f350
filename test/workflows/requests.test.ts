import { WorkflowUpdateFailedError } from '@temporalio/client';
import type { WorkflowClientInterceptor } from '@temporalio/client';
import { sessionMessages } from '../../src/contracts/protocol/session';
import type { RequestReply, SessionRequest } from '../../src/contracts/protocol/session';
import type { TestInstallation } from '../helpers/servers/test-installation';
import { until } from '../helpers/until';
import type { ControlledAgent } from './controlled-agent';
import { openWithAgent } from './open-with-agent';

let installation: TestInstallation;
let agent: ControlledAgent;
let close: () => Promise<void>;
beforeAll(async () => ({ installation, agent, close } = await openWithAgent()));
afterAll(() => close());

type Session = Awaited<ReturnType<TestInstallation['start']>>;

const start = (tasks: string, more = ''): Promise<Session> =>
  installation.start(`
version: 1
name: requests
defaults: { retry: { attempts: 1 } }
agents:
  remote: { connector: http, url: "${agent.url}" }
  quick: { connector: simulated, latency: 1ms }
${more}
tasks:
${tasks}
`);

const chain = `
  first: { agent: remote }
  second: { needs: [first], agent: remote }
`;

async function statuses(session: Session): Promise<Record<string, string>> {
  return Object.fromEntries((await session.runs()).map(({ run, status }) => [run, status]));
}

async function logOf(session: Session): Promise<string[]> {
  const types: string[] = [];
  for await (const { type } of session.events()) types.push(type);
  return types;
}

const send = (session: Session, request: SessionRequest): Promise<RequestReply> =>
  installation.temporal.workflow
    .getHandle(session.workflowId)
    .executeUpdate<RequestReply, [SessionRequest]>(sessionMessages.request, { args: [request] });

describe('pause', () => {
  it('lets what runs finish, starts nothing new, and goes on where it is resumed', async () => {
    const session = await start(chain);
    await agent.arrival('first', 1, session.id);
    expect(await session.pause()).toEqual({ status: 'paused' });
    await agent.answer('first', { session: session.id });
    await until('the first task has succeeded', async () => (await statuses(session))['first'] === 'succeeded');
    expect(await statuses(session)).toEqual({ first: 'succeeded', second: 'queued' });
    expect(await session.overview()).toMatchObject({ status: 'paused' });
    expect(agent.visits.filter((visit) => visit.session === session.id)).toHaveLength(1);
    expect(await session.resume()).toEqual({ status: 'running' });
    await agent.answer('second', { session: session.id });
    expect(await session.result()).toMatchObject({ status: 'succeeded' });
  });

  it('stops what runs when it is to happen now, and costs no retry', async () => {
    const session = await start(chain);
    const visit = await agent.arrival('first', 1, session.id);
    await session.pause({ now: true });
    await until('the agent is stopped', () => visit.isStopped);
    await until('the run waits in line', async () => (await statuses(session))['first'] === 'queued');
    await session.resume();
    await agent.answer('first', { attempt: 2, session: session.id });
    await agent.answer('second', { session: session.id });
    expect(await session.result()).toMatchObject({ status: 'succeeded' });
    expect((await session.runs())[0]).toMatchObject({ run: 'first', attempts: 2 });
  });

  it('is refused with a reason where it makes no sense, and so is a resume', async () => {
    const session = await start(chain);
    await expect(session.resume()).rejects.toMatchObject({
      code: 'COMMAND_REFUSED',
      message: expect.stringContaining('the session is not paused'),
    });
    await agent.answer('first', { session: session.id });
    await agent.answer('second', { session: session.id });
    await session.result();
    await expect(session.pause()).rejects.toMatchObject({
      code: 'COMMAND_REFUSED',
      message: expect.stringContaining('ended'),
    });
  });
});

describe('cancel', () => {
  it('stops the agents, keeps the results so far and starts nothing more', async () => {
    const session = await start(
      `${chain}  after: { needs: [second], agent: remote }`,
      'outputs: { first: "${{ tasks.first.output }}" }',
    );
    await agent.answer('first', { session: session.id, output: 'done' });
    const visit = await agent.arrival('second', 1, session.id);
    expect(await session.cancel({ reason: 'enough' })).toMatchObject({ status: 'running' });
    expect(await session.result()).toMatchObject({ status: 'cancelled', outputs: { first: 'done' } });
    expect(visit.isStopped).toBe(true);
    expect(await statuses(session)).toEqual({ first: 'succeeded', second: 'cancelled', after: 'cancelled' });
    await expect(session.cancel()).rejects.toMatchObject({ code: 'COMMAND_REFUSED' });
  });

  it('ends a paused session', async () => {
    const session = await start(chain);
    await session.pause();
    await session.cancel();
    expect(await session.result()).toMatchObject({ status: 'cancelled' });
  });

  it('is what a cancel of the workflow in the Web UI is', async () => {
    const session = await start(chain);
    const visit = await agent.arrival('first', 1, session.id);
    const handle = installation.temporal.workflow.getHandle(session.workflowId);
    await handle.cancel();
    expect(await session.result()).toMatchObject({ status: 'cancelled' });
    expect(visit.isStopped).toBe(true);
    await until('the workflow is cancelled as well', async () => (await handle.describe()).status.name === 'CANCELLED');
    expect(await logOf(session)).toContain('session-stopping');
  });
});

describe('retry', () => {
  it('runs a failed task of a running session again, and what waited for it', async () => {
    const session = await start(`
  bad: { agent: remote, onFailure: skip-dependents }
  after: { needs: [bad], agent: quick }
  long: { agent: remote }
`);
    await agent.answer('bad', { session: session.id, status: 400 });
    await until('the dependent is skipped', async () => (await statuses(session))['after'] === 'skipped');
    await session.retry({ task: 'bad' });
    await agent.answer('bad', { attempt: 2, session: session.id });
    await agent.answer('long', { session: session.id });
    expect(await session.result()).toMatchObject({ status: 'succeeded' });
    expect(await statuses(session)).toEqual({ bad: 'succeeded', after: 'succeeded', long: 'succeeded' });
  });

  it('reopens a session that has failed, for all of its failed tasks', async () => {
    const session = await start(`
  one: { agent: remote, onFailure: skip-dependents }
  two: { agent: remote, onFailure: skip-dependents }
  good: { agent: quick }
`);
    await agent.answer('one', { session: session.id, status: 400 });
    await agent.answer('two', { session: session.id, status: 400 });
    expect(await session.result()).toMatchObject({ status: 'partially_succeeded', error: 'Tasks one, two failed.' });
    await session.retry();
    await agent.answer('one', { attempt: 2, session: session.id });
    await agent.answer('two', { attempt: 2, session: session.id });
    expect(await session.result()).toMatchObject({ status: 'succeeded', error: null });
    expect(new Map((await session.runs()).map(({ run, attempts }) => [run, attempts]))).toEqual(
      new Map([
        ['one', 2],
        ['two', 2],
        ['good', 1],
      ]),
    );
    const log = await installation.pool.query(
      `SELECT event_id, count(*) FROM session_events WHERE session = $1 AND event_id IS NOT NULL GROUP BY 1 HAVING count(*) > 1`,
      [session.id],
    );
    expect(log.rows).toEqual([]);
  });

  it('reopens a session for one task that was named, and leaves the others', async () => {
    const session = await start(`
  one: { agent: remote, onFailure: continue }
  two: { agent: remote, onFailure: continue }
`);
    await agent.answer('one', { session: session.id, status: 400 });
    await agent.answer('two', { session: session.id, status: 400 });
    expect(await session.result()).toMatchObject({ status: 'failed' });
    await session.retry({ task: 'two' });
    await agent.answer('two', { attempt: 2, session: session.id });
    expect(await session.result()).toMatchObject({ status: 'partially_succeeded' });
    expect(await statuses(session)).toEqual({ one: 'failed', two: 'succeeded' });
  });

  it('is refused with a reason: nothing failed, an unknown task, one that did not fail', async () => {
    const session = await start('  only: { agent: quick }');
    await session.result();
    await expect(session.retry()).rejects.toMatchObject({
      code: 'COMMAND_REFUSED',
      message: expect.stringContaining('no task has failed'),
    });
    await expect(session.retry({ task: 'nope' })).rejects.toMatchObject({
      message: expect.stringContaining('no task "nope"'),
    });
    await expect(session.retry({ task: 'only' })).rejects.toMatchObject({
      message: expect.stringContaining('has not failed'),
    });
  });
});

it('does a request once that comes twice', async () => {
  const session = await start(chain);
  await agent.arrival('first', 1, session.id);
  await session.pause({ requestId: 'pause-1' });
  await session.resume({ requestId: 'resume-1' });
  expect(await session.pause({ requestId: 'pause-1' })).toEqual({ status: 'running' });
  await Promise.all([session.pause({ requestId: 'pause-2' }), session.pause({ requestId: 'pause-2' })]);
  await session.resume({ requestId: 'resume-2' });
  await session.cancel();
  await session.result();
  const log = await logOf(session);
  expect(log.filter((type) => type === 'session-paused')).toHaveLength(2);
  expect(log.filter((type) => type === 'session-resumed')).toHaveLength(2);
});

describe('a request whose answer is lost each time', () => {
  const interceptors = () => installation.temporal.workflow.options.interceptors as WorkflowClientInterceptor[];
  beforeEach(() =>
    interceptors().push({
      startUpdate: async (input, next) => {
        await next(input);
        throw new WorkflowUpdateFailedError('Workflow Update failed', new Error('the run continued as new'));
      },
    }),
  );
  afterEach(() => interceptors().pop());

  it('is answered from the log', async () => {
    const session = await start(chain);
    await agent.arrival('first', 1, session.id);
    expect(await session.pause()).toEqual({ status: 'paused' });
    await session.cancel();
    await expect(session.resume()).rejects.toMatchObject({ code: 'COMMAND_REFUSED' });
    await session.result();
  });
});

it('refuses malformed requests before they reach history', async () => {
  const session = await start(chain);
  await agent.arrival('first', 1, session.id);
  const handle = installation.temporal.workflow.getHandle(session.workflowId);
  await until('the turn is over', async () => (await session.progress())?.running === 1);
  const before = (await handle.describe()).historyLength;
  for (const request of [
    { id: '', type: 'pause-requested' },
    { id: 'x', type: 'explode-requested' },
    { id: 'x', type: 'attempt-ended', run: 'first', attempt: 1, verdict: 'succeeded' },
    { id: 'time/9', type: 'pause-requested' },
  ]) {
    await expect(send(session, request as SessionRequest)).rejects.toThrow(/Update failed/);
  }
  expect((await handle.describe()).historyLength).toBe(before);
  await session.cancel();
  await session.result();
});

describe('cancel of one task', () => {
  it('stops its agent, skips who needs it, and lets the rest go on; retried, it runs again with all its tries', async () => {
    const session = await start(`${chain}  other: { agent: remote }`);
    const visit = await agent.arrival('first', 1, session.id);
    await session.cancelTask('first', { reason: 'wrong file' });
    await until('the agent was stopped', () => visit.isStopped);
    await until('it is cancelled', async () => (await statuses(session))['second'] === 'skipped');
    expect(await statuses(session)).toEqual({ first: 'cancelled', second: 'skipped', other: 'running' });
    await expect(session.cancelTask('first')).rejects.toThrow('task "first" has ended; it is cancelled');
    await session.retry({ task: 'first' });
    await agent.answer('first', { attempt: 2, session: session.id });
    await agent.answer('second', { session: session.id });
    await agent.answer('other', { session: session.id });
    expect((await session.result()).status).toBe('succeeded');
    expect(await logOf(session)).toEqual(expect.arrayContaining(['task-stopping', 'task-cancelled', 'task-reset']));
  });
});
