import type { TestInstallation } from '../helpers/servers/test-installation';
import { searchAttributes } from '../../src/contracts/protocol/session';
import { until } from '../helpers/until';
import type { ControlledAgent } from './controlled-agent';
import { openWithAgent } from './open-with-agent';

let installation: TestInstallation;
let agent: ControlledAgent;
let close: () => Promise<void>;
beforeAll(async () => ({ installation, agent, close } = await openWithAgent()));
afterAll(() => close());

type Session = Awaited<ReturnType<TestInstallation['start']>>;

const head = (name: string): string => `
version: 1
name: ${name}
defaults: { retry: { attempts: 1, initialInterval: 1ms } }
agents:
  remote: { connector: http, url: "${agent.url}" }
  quick: { connector: simulated, latency: 1ms, output: { by: quick } }
`;

/** A parent whose task `review` is done by a child session with one task, `work`. */
const start = (review: string): Promise<Session> =>
  installation.start(
    `${head('parent')}tasks:\n  review: { plan: ./child.plan.yaml, ${review} }\noutputs: { got: "\${{ tasks.review.output }}" }\n`,
    {
      files: {
        'child.plan.yaml': `${head('child')}inputs: { n: { type: number, default: 0 } }
tasks: { work: { agent: remote, input: "\${{ inputs.n }}" } }
outputs: { x: "\${{ tasks.work.output.x }}" }
`,
      },
    },
  );

const child = (parent: Session, suffix = 'review'): Promise<Session> =>
  installation.client.get(`${parent.id}.${suffix}`);

const statusOf = async (session: Session): Promise<string> => (await session.overview()).status;

it('is paused, resumed and cancelled with its parent', async () => {
  const parent = await start('timeout: 1h');
  const id = `${parent.id}.review`;
  const visit = await agent.arrival('work', 1, id);
  const session = await child(parent);
  await parent.pause();
  await until('the child is paused', async () => (await statusOf(session)) === 'paused');
  expect(visit.isStopped).toBe(false);
  await parent.resume();
  await until('the child goes on', async () => (await statusOf(session)) === 'running');
  await parent.pause({ now: true });
  await until('the agent of the child is stopped', () => visit.isStopped);
  await parent.resume();
  const second = await agent.arrival('work', 2, id);
  await parent.cancel();
  expect(await parent.result()).toMatchObject({ status: 'cancelled' });
  expect(await session.result()).toMatchObject({ status: 'cancelled' });
  expect(second.isStopped).toBe(true);
});

it('is cancelled with its parent although it was only just being started', async () => {
  const parents = await Promise.all(Array.from({ length: 6 }, () => start('timeout: 1h')));
  await Promise.all(
    parents.map(async (parent) => {
      await until('the parent has started', async () => (await parent.overview()).startedAt !== null);
      await parent.cancel();
    }),
  );
  for (const parent of parents) {
    expect(await parent.result()).toMatchObject({ status: 'cancelled' });
    expect(await (await child(parent)).result()).toMatchObject({ status: 'cancelled' });
  }
});

it('can be found by its plan and workspace in Temporal', async () => {
  const parent = await start('timeout: 1h');
  await agent.answer('work', { session: `${parent.id}.review`, output: { x: 1 } });
  expect(await parent.result()).toMatchObject({ status: 'succeeded', outputs: { got: { x: 1 } } });
  const query = `${searchAttributes.workspace} = 'default' AND ${searchAttributes.plan} = 'child' AND ${searchAttributes.status} = 'succeeded' AND WorkflowId = 'default/${parent.id}.review'`;
  await until('it is found', async () => (await installation.temporal.workflow.count(query)).count === 1);
});

it('passes the gate of its task, or is done again by a new child session', async () => {
  const parent = await start('retry: { attempts: 2 }, gate: { check: "output.x == 2" }');
  await agent.answer('work', { session: `${parent.id}.review`, output: { x: 1 } });
  await agent.answer('work', { session: `${parent.id}.review.2`, output: { x: 2 } });
  expect(await parent.result()).toMatchObject({ status: 'succeeded', outputs: { got: { x: 2 } } });
  expect((await parent.runs())[0]).toMatchObject({ status: 'succeeded', attempts: 2 });
});

it('fails its task with the reason of the gate', async () => {
  const parent = await start('gate: { check: "output.x == 2", onFailure: fail }, retry: { attempts: 3 }');
  await agent.answer('work', { session: `${parent.id}.review`, output: { x: 1 } });
  expect(await parent.result()).toMatchObject({ status: 'failed' });
  expect((await parent.runs())[0]).toMatchObject({
    status: 'failed',
    attempts: 1,
    error: expect.stringContaining('output.x == 2'),
  });
});

it('is tried again as a new session when it fails, then handed to the fallback agent', async () => {
  const parent = await start('retry: { attempts: 2 }, onFailure: { fallback: quick }');
  await agent.answer('work', { session: `${parent.id}.review`, status: 400 });
  await agent.answer('work', { session: `${parent.id}.review.2`, status: 400 });
  expect(await parent.result()).toMatchObject({ status: 'succeeded', outputs: { got: { by: 'quick' } } });
  expect((await parent.runs())[0]).toMatchObject({ status: 'succeeded', attempts: 3, agent: 'quick' });
  expect(await (await child(parent, 'review.2')).overview()).toMatchObject({
    status: 'failed',
    parentSession: parent.id,
  });
});

it('is done by a new session when its parent is retried', async () => {
  const parent = await start('timeout: 1h');
  await agent.answer('work', { session: `${parent.id}.review`, status: 400 });
  expect(await parent.result()).toMatchObject({ status: 'failed' });
  await parent.retry();
  await agent.answer('work', { session: `${parent.id}.review.2`, output: { x: 5 } });
  expect(await parent.result()).toMatchObject({ status: 'succeeded', outputs: { got: { x: 5 } } });
});

it('is one of many in a fan-out, each with its own inputs', async () => {
  const parent = await start('forEach: [10, 20, 30], inputs: { n: "${{ item }}" }, maxParallel: 2');
  for (const item of [0, 1, 2]) {
    const id = `${parent.id}.review.${item}`;
    expect((await agent.arrival('work', 1, id)).input).toBe(10 * (item + 1));
    await agent.answer('work', { session: id, output: { x: item } });
  }
  expect(await parent.result()).toMatchObject({
    status: 'succeeded',
    outputs: { got: [{ x: 0 }, { x: 1 }, { x: 2 }] },
  });
});

it('ends its task as failed when somebody else cancels it', async () => {
  const parent = await start('retry: { attempts: 3 }');
  await agent.arrival('work', 1, `${parent.id}.review`);
  await (await child(parent)).cancel();
  expect(await parent.result()).toMatchObject({ status: 'failed' });
  expect((await parent.runs())[0]).toMatchObject({ status: 'failed', attempts: 1 });
});

it('is stopped when it takes longer than an attempt of its task may', async () => {
  // Its agent has to come to work before.
  const parent = await start('timeout: 5s');
  const visit = await agent.arrival('work', 1, `${parent.id}.review`);
  expect(await parent.result()).toMatchObject({ status: 'failed' });
  await until('its agent is stopped', () => visit.isStopped);
  expect(await (await child(parent)).result()).toMatchObject({ status: 'cancelled' });
});
