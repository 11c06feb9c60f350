import { randomUUID } from 'node:crypto';
import { ApiError } from '../../src';
import type { OrchestraEvent, SessionProgress } from '../../src';
import { startBothWays, stopBothWays, testBothWays } from '../helpers/sdk/both-ways';
import type { BothWays } from '../helpers/sdk/both-ways';
import type { TestInstallation } from '../helpers/servers/test-installation';
import { until } from '../helpers/until';

let installation: TestInstallation;
let ways: BothWays;

beforeAll(async () => {
  ({ installation, ways } = await startBothWays());
});
afterAll(() => stopBothWays({ installation, ways }));

const bothWays = testBothWays(() => ways);

const slow = { connector: 'simulated', latency: '10m' };
const quick = { connector: 'simulated', latency: '1ms' };
const planOf = (name: string, agent: object = quick): Record<string, unknown> => ({
  version: 1,
  name,
  agents: { ada: agent },
  tasks: { greet: { agent: 'ada', input: { to: '${{ inputs.who }}' } } },
  inputs: { who: { type: 'string', default: 'Ada' } },
  outputs: { greeting: '${{ tasks.greet.output }}' },
});
const broken = { connector: 'simulated', successRate: 0, latency: '1ms' };

const problemOf = async (refused: Promise<unknown>): Promise<unknown> => {
  const error = await refused.catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(ApiError);
  const { status, code, message, retryable, faults, requestId } = error as ApiError;
  expect(requestId).toEqual(expect.any(String));
  return { status, code, message, retryable, faults };
};

bothWays('runs a plan, tells how far it is, and what it came to', async (client, way) => {
  const progress: SessionProgress[] = [];
  const session = await client.sessions.run(planOf('hello'), {
    id: `${way}hello`,
    inputs: { who: 'Bob' },
    onProgress: (one) => progress.push(one),
  });
  const result = await session.result();
  expect(result).toMatchObject({ id: `${way}hello`, status: 'succeeded', progress: { succeeded: 1, percent: 100 } });
  expect(progress.at(-1)).toMatchObject({ status: 'succeeded', percent: 100, succeeded: 1, total: 1 });
  expect(await session.result()).toEqual(result);
  const { forecast: _, ...last } = await session.progress();
  const [task, shown, log] = await Promise.all([session.tasks(), session.task('greet'), session.log({ limit: 1 })]);
  expect([task, shown]).toMatchObject([
    [{ run: 'greet', status: 'succeeded' }],
    { output: result.outputs?.['greeting'] },
  ]);
  return { result, last, task, shown, log, why: await session.explain('greet'), budget: await session.budget() };
});

bothWays('tells the events of a session from its beginning, to its end', async (client, way) => {
  const session = await client.sessions.run(planOf('told'), { id: `${way}told` });
  const events: unknown[] = [];
  for await (const { id, data: _, ...event } of session.events()) {
    expect(id).toMatch(/^\d+$/);
    events.push(event);
  }
  expect(events).toMatchObject([
    { type: 'session-started', session: session.id, seq: 1 },
    ...Array<unknown>(events.length - 2).fill({}),
    { type: 'session-ended' },
  ]);
  const chosen: string[] = [];
  for await (const { type } of session.events({ types: ['task-*'] })) chosen.push(type);
  expect(chosen).toEqual(['task-queued', 'task-succeeded']);
  return events;
});

bothWays('follows the workspace from an event that is known, until somebody has seen enough', async (client, way) => {
  const first = await client.sessions.run(planOf('seen'), { id: `${way}first` });
  const began = (await first.events().next()).value as OrchestraEvent;
  const controller = new AbortController();
  const enough = new Error('enough');
  const seen: unknown[] = [];
  const following = (async () => {
    const filter = { after: began.id, types: ['session-ended'], signal: controller.signal };
    for await (const { session, type } of client.events(filter)) {
      seen.push({ session, type });
      if (seen.length === 2) controller.abort(enough);
    }
  })();
  await first.result();
  await client.sessions.run(planOf('seen'), { id: `${way}second` });
  await expect(following).rejects.toBe(enough);
  return seen;
});

bothWays('pauses, edits, resumes, cancels and retries a session', async (client, way) => {
  const session = await client.sessions.run(planOf('told', slow), { id: `${way}steered` });
  await until('it runs', async () => (await session.tasks())[0]?.status === 'running');
  const replies = [await session.pause({ now: true })];
  const { hash, plan } = await session.plan();
  const edited = {
    ...plan,
    tasks: { ...(plan['tasks'] as object), more: { agent: 'bob' } },
    agents: { ada: slow, bob: quick },
  };
  const stale = problemOf(session.edit({ plan: edited, from: '0'.repeat(64) }));
  expect(await stale).toMatchObject({ code: 'PRECONDITION_FAILED', status: 412 });
  expect(await problemOf(session.previewEdit({ plan: edited, from: '0'.repeat(64) }))).toMatchObject({ status: 412 });
  const { changes, refusals } = await session.previewEdit({ plan: edited, from: hash });
  expect({ changes, refusals }).toEqual({
    changes: { added: ['more'], removed: [], changed: {}, settings: ['agents.bob'] },
    refusals: [],
  });
  const { refusals: why } = await session.previewEdit({
    plan: { ...edited, tasks: { more: { agent: 'bob' } }, outputs: {} },
  });
  expect(why).toEqual([expect.stringContaining('greet')]);
  expect(await session.plan()).toEqual({ hash, plan });
  replies.push(await session.edit({ plan: edited, from: hash }));
  replies.push(await session.resume());
  await until('the new task is done', async () =>
    (await session.tasks()).some(({ run, status }) => run === 'more' && status === 'succeeded'),
  );
  const result = session.result();
  replies.push(await session.cancel({ reason: 'enough' }));
  expect(await result).toMatchObject({ status: 'cancelled', progress: { succeeded: 1, cancelled: 1 } });
  replies.push(await session.retry({ task: 'greet' }));
  // A session whose agents must be stopped first ends later than one that had begun nothing: the answers would differ by chance.
  await until('it runs again', async () =>
    (await session.tasks()).some(({ run, status }) => run === 'greet' && status === 'running'),
  );
  replies.push(await session.cancel());
  await session.result();
  const refused = await problemOf(session.pause());
  expect(refused).toMatchObject({ code: 'COMMAND_REFUSED', status: 409, retryable: false });
  return { replies, refused: { ...(refused as object), message: '' }, plan: await session.plan() };
});

bothWays('stops waiting, and not the session, when it is told to', async (client, way) => {
  const session = await client.sessions.run(planOf('slow', slow), { id: `${way}slow` });
  const controller = new AbortController();
  const waiting = session.result({ signal: controller.signal });
  controller.abort(new Error('enough'));
  await expect(waiting).rejects.toThrow('enough');
  const { status } = await session.get();
  await session.cancel();
  return status;
});

bothWays('rejects with what a progress callback throws', async (client, way) => {
  const mistake = new Error('a mistake');
  const onProgress = (): void => {
    throw mistake;
  };
  const session = await client.sessions.run(planOf('hello'), { id: `${way}mistaken`, onProgress });
  await expect(session.result()).rejects.toBe(mistake);
  return null;
});

bothWays('starts once with one key, and once with one id', async (client, way) => {
  const options = { idempotencyKey: `${way}${randomUUID()}` };
  const first = await client.sessions.run(planOf('once'), options);
  expect((await client.sessions.run(planOf('once'), options)).id).toBe(first.id);
  const other = await problemOf(client.sessions.run(planOf('other'), options));
  expect(other).toMatchObject({ code: 'IDEMPOTENCY_KEY_REUSED', status: 422 });
  const named = { id: `${way}named` };
  await client.sessions.run(planOf('once'), named);
  return [other, await problemOf(client.sessions.run(planOf('other'), named))];
});

bothWays('says what is wrong, and where', async (client, way) => {
  const refused = [
    problemOf(client.sessions.run({ version: 1, name: 'no tasks' })),
    problemOf(client.sessions.run(planOf('hello'), { inputs: { who: 1 } })),
    problemOf(client.sessions.run(planOf('hello'), { id: 'a b' })),
    problemOf(client.sessions.list({ limit: 0 })),
    problemOf(client.sessions.handle('nobody').result()),
    problemOf(client.agents.get('nobody')),
    problemOf(client.approvals.get('nobody')),
    problemOf(client.artifact('0'.repeat(64))),
    problemOf(client.request({ method: 'GET', path: '/v1/nothing' })),
    problemOf(client.agents.register({ name: `${way}wrong`, connector: 'http', url: 'no address' })),
  ];
  const problems = await Promise.all(refused);
  expect(problems).toMatchObject([
    {
      status: 422,
      code: 'PLAN_INVALID',
      faults: [{ pointer: '/plan/tasks', detail: 'is missing' }, { pointer: '/plan/name' }],
    },
    { status: 422, code: 'INPUT_INVALID', faults: [{ pointer: '/inputs/who' }] },
    { status: 400, code: 'USAGE' },
    { status: 400, code: 'USAGE', faults: [{ pointer: '/limit', in: 'query' }] },
    { status: 404, code: 'SESSION_NOT_FOUND' },
    { status: 404, code: 'AGENT_NOT_FOUND' },
    { status: 404, code: 'APPROVAL_NOT_FOUND' },
    { status: 404, code: 'ARTIFACT_NOT_FOUND' },
    { status: 404, code: 'ROUTE_NOT_FOUND' },
    { status: 400, faults: [{ pointer: '/url' }] },
  ]);
  return problems;
});

bothWays('gives failed tasks another chance', async (client, way) => {
  const session = await client.sessions.run(planOf('broken', broken), { id: `${way}broken` });
  const failed = await session.result();
  expect(failed).toMatchObject({ status: 'failed', error: expect.any(String) });
  const reply = await session.retry();
  expect(reply.status).toBe('running');
  return { reply, again: await session.result() };
});
