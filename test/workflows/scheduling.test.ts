import { openTestInstallation } from '../helpers/servers/test-installation';
import type { TestInstallation } from '../helpers/servers/test-installation';
import { until } from '../helpers/until';
import { startControlledAgent } from './controlled-agent';
import type { ControlledAgent } from './controlled-agent';

let installation: TestInstallation;
const agents: ControlledAgent[] = [];

beforeAll(async () => {
  installation = await openTestInstallation();
  await installation.startWorkers();
});
afterAll(async () => {
  await Promise.all(agents.map((agent) => agent.close()));
  await installation.close();
});

/** An agent that answers everything after some time. */
async function agentThatTakes(afterMs: number): Promise<ControlledAgent> {
  const agent = await startControlledAgent();
  agent.answerAll(afterMs);
  agents.push(agent);
  return agent;
}

it('starts the most urgent tasks first', async () => {
  const agent = await agentThatTakes(1);
  const session = await installation.start(`
version: 1
name: priorities
concurrency: 1
agents: { remote: { connector: http, url: "${agent.url}" } }
tasks:
  gate: { agent: remote }
  low: { needs: [gate], agent: remote, priority: 5 }
  usual: { needs: [gate], agent: remote }
  urgent: { needs: [gate], agent: remote, priority: 1 }
  high: { needs: [gate], agent: remote, priority: 2 }
`);
  expect(await session.result()).toMatchObject({ status: 'succeeded' });
  expect(agent.visits.map(({ task }) => task)).toEqual(['gate', 'urgent', 'high', 'usual', 'low']);
  expect(agent.mostAtOnce()).toBe(1);
});

it('keeps to the concurrency of the session, to maxParallel of a fan-out and to maxConcurrent of an agent', async () => {
  const started = await Promise.all([startControlledAgent(), startControlledAgent(), startControlledAgent()]);
  agents.push(...started);
  const [fan, limited, free] = started;
  const session = await installation.start(`
version: 1
name: limits
concurrency: 6
agents:
  fan: { connector: http, url: "${fan.url}" }
  limited: { connector: http, url: "${limited.url}", maxConcurrent: 2 }
  free: { connector: http, url: "${free.url}" }
tasks:
  few: { forEach: [1, 2, 3, 4, 5, 6], agent: fan, maxParallel: 3 }
  slow: { forEach: [1, 2, 3, 4, 5, 6], agent: limited }
  rest: { forEach: [1, 2, 3, 4, 5, 6], agent: free, priority: 5 }
`);
  const visits = (): number[] => started.map((agent) => agent.visits.length);
  await until('every place is taken', () => visits().join() === '3,2,1');
  let most = 0;
  started.forEach((agent) => agent.answerAll(10));
  await until('the session has ended', async () => {
    const { rows } = await installation.pool.query<{ count: number }>(
      'SELECT count(*) FROM leases WHERE session = $1 AND released_at IS NULL',
      [session.id],
    );
    most = Math.max(most, rows[0]?.count ?? 0);
    return (await session.overview()).endedAt !== null;
  });
  expect(await session.result()).toMatchObject({ status: 'succeeded' });
  expect(visits()).toEqual([6, 6, 6]);
  expect([fan.mostAtOnce(), limited.mostAtOnce()]).toEqual([3, 2]);
  expect(most).toBeLessThanOrEqual(6);
});

it('starts a task as soon as its own needs are met, whatever its siblings do', async () => {
  const agent = await startControlledAgent();
  agents.push(agent);
  const session = await installation.start(`
version: 1
name: no-barriers
agents: { remote: { connector: http, url: "${agent.url}" } }
tasks:
  slow: { agent: remote }
  fast: { agent: remote }
  after: { needs: [fast], agent: remote }
  both: { needs: [after, slow], agent: remote }
`);
  await agent.answer('fast');
  await agent.answer('after');
  await agent.answer('slow');
  await agent.answer('both');
  expect(await session.result()).toMatchObject({ status: 'succeeded' });
});

it('fails a task whose time as a whole is up, and stops its attempt', async () => {
  const agent = await startControlledAgent();
  agents.push(agent);
  const session = await installation.start(`
version: 1
name: task-timeout
agents: { remote: { connector: http, url: "${agent.url}" } }
tasks:
  slow: { agent: remote, taskTimeout: 5s, timeout: 1h, onFailure: continue, retry: { attempts: 5, initialInterval: 1ms } }
  after: { needs: [slow], agent: remote, if: "tasks.slow.status == 'failed'" }
`);
  await agent.answer('slow', { status: 503 });
  const second = await agent.arrival('slow', 2);
  await agent.answer('after');
  expect(await session.result()).toMatchObject({ status: 'partially_succeeded' });
  expect((await session.runs())[0]).toMatchObject({ status: 'failed', reason: 'task-timeout', attempts: 2 });
  expect(second.isStopped).toBe(true);
});

it('weighs the progress by how long tasks took before', async () => {
  const agent = await startControlledAgent();
  agents.push(agent);
  const plan = `
version: 1
name: weighted
agents:
  remote: { connector: http, url: "${agent.url}" }
  quick: { connector: simulated, latency: 1ms }
tasks:
  quick: { agent: quick }
  slow: { needs: [quick], agent: remote }
  hold: { needs: [quick], agent: remote }
`;
  const first = await installation.start(plan);
  await agent.arrival('slow', 1, first.id);
  expect((await first.progress())?.percent).toBe(33.3);
  await agent.answer('slow', { session: first.id });
  await agent.answer('hold', { session: first.id });
  await first.result();
  await installation.pool.query(
    `UPDATE outcomes SET duration_ms = CASE task WHEN 'slow' THEN 800 ELSE 100 END WHERE session = $1`,
    [first.id],
  );
  const second = await installation.start(plan);
  await agent.answer('slow', { session: second.id });
  await until('the slow one is done', async () => (await second.progress())?.succeeded === 2);
  // Two of three tasks, and nine tenths of the work that is known.
  expect((await second.progress())?.percent).toBe(90);
  await agent.answer('hold', { session: second.id });
  await second.result();
});

it('gives one session to those who start it twice', async () => {
  const agent = await agentThatTakes(1);
  const plan = `
version: 1
name: twice
inputs: { who: { type: string, default: you } }
agents: { remote: { connector: http, url: "${agent.url}" } }
tasks: { only: { agent: remote, input: "\${{ inputs.who }}" } }
`;
  const [one, other] = await Promise.all([
    installation.start(plan, { id: 'twice-1' }),
    installation.start(plan, { id: 'twice-1' }),
  ]);
  expect(other?.id).toBe(one?.id);
  expect(await one?.result()).toMatchObject({ status: 'succeeded' });
  const again = await installation.start(plan, { id: 'twice-1' });
  expect(await again.result()).toMatchObject({ status: 'succeeded' });
  expect(agent.visits).toHaveLength(1);
  expect(await installation.client.list({ limit: 100 })).toEqual(
    expect.arrayContaining([expect.objectContaining({ id: 'twice-1', planName: 'twice' })]),
  );
});

it('keeps the plan and the inputs of a session by their hashes', async () => {
  const agent = await agentThatTakes(1);
  const plan = `
version: 1
name: hashed
inputs: { who: { type: string, default: you }, depth: { type: number, default: 2 } }
agents: { remote: { connector: http, url: "${agent.url}" } }
tasks: { only: { agent: remote, input: "\${{ inputs }}" } }
`;
  const session = await installation.start(plan, { inputs: { who: 'Ada' } });
  const same = await installation.start(plan, { inputs: { who: 'Ada' } });
  await Promise.all([session.result(), same.result()]);
  expect(agent.visits.map(({ input }) => input)).toEqual([
    { who: 'Ada', depth: 2 },
    { who: 'Ada', depth: 2 },
  ]);
  const { rows } = await installation.pool.query<{ plan_hash: string; inputs_hash: string }>(
    'SELECT DISTINCT plan_hash, inputs_hash FROM sessions WHERE id = ANY ($1)',
    [[session.id, same.id]],
  );
  expect(rows).toHaveLength(1);
  const [{ plan_hash = '', inputs_hash = '' } = {}] = rows;
  expect((await installation.plans.load('default', plan_hash)).plan.name).toBe('hashed');
  expect((await installation.artifacts.getJson('default', [inputs_hash])).get(inputs_hash)).toEqual({
    who: 'Ada',
    depth: 2,
  });
});
