import { runHost } from '../../src/main/run-host';
import type { RunningHost } from '../../src/main/run-host';
import { definitionOf } from '../helpers/agent-definitions';
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

const hosts = new Set<RunningHost>();
afterEach(async () => {
  await Promise.all([...hosts].map((host) => host.stop()));
  hosts.clear();
});

async function startHost(name: string, agentName: string): Promise<RunningHost> {
  const connector = { connector: 'http' as const, url: agent.url, headers: {} };
  const agents = [definitionOf(agentName, { connector, maxConcurrent: 4 })];
  const host = await runHost(installation, { name, maxConcurrent: 2, agents }, process.env, () => undefined);
  hosts.add(host);
  await host.ready;
  return host;
}

const start = (agentName: string): Promise<Session> =>
  installation.start(
    `version: 1\nname: p\ntasks: { work: { agent: ${agentName} } }\noutputs: { x: "\${{ tasks.work.output }}" }\n`,
  );

const endOf = async (session: Session): Promise<string> => {
  await until('the session has ended', async () => (await session.overview()).endedAt !== null);
  return (await session.overview()).status;
};

const running = (name: string): Promise<number> => installation.hosts.running({ workspace: 'default', name });

it('do the tasks of sessions, at their own task queue, and are named in the session', async () => {
  await startHost('attic', 'writer');
  const session = await start('writer');
  await agent.answer('work', { session: session.id, output: { by: 'attic' } });
  expect(await endOf(session)).toBe('succeeded');
  expect(await session.runs()).toMatchObject([{ run: 'work', agent: 'writer@attic' }]);
  expect((await session.overview()).outputs).toEqual({ x: { by: 'attic' } });
  const { events } = await installation.temporal.workflow.getHandle(session.workflowId).fetchHistory();
  const queues = (events ?? []).flatMap((event) => event.activityTaskScheduledEventAttributes?.taskQueue?.name ?? []);
  expect(queues).toEqual([`${installation.configuration.taskQueue}@default/attic`]);
});

it('finish what they do when they drain, and take nothing new', async () => {
  const host = await startHost('barn', 'drained');
  const session = await start('drained');
  await agent.arrival('work', 1, session.id);
  const drained = host.drain(new AbortController().signal);
  await until('the host drains', async () =>
    (await installation.hosts.list('default')).some((one) => one.status === 'draining'),
  );
  const late = await start('drained');
  await until('the other task waits', async () => (await late.runs())[0]?.status === 'waiting');
  await agent.answer('work', { session: session.id, output: 1 });
  expect(await drained).toBe(0);
  expect(await endOf(session)).toBe('succeeded');
  expect((await late.runs())[0]).toMatchObject({ status: 'waiting', reason: 'capacity' });
  await late.cancel();
});

it('give back what they have in flight when they stop, and another host goes on with it, at no cost of a try', async () => {
  const first = await startHost('cellar', 'moved');
  const session = await start('moved');
  const visit = await agent.arrival('work', 1, session.id);
  await startHost('dormer', 'moved');
  await first.stop();
  hosts.delete(first);
  await until('the first attempt is stopped', () => visit.isStopped);
  await agent.answer('work', { session: session.id, attempt: 2, output: 2 });
  expect(await endOf(session)).toBe('succeeded');
  expect(await session.runs()).toMatchObject([{ run: 'work', agent: 'moved@dormer' }]);
  await until('both are idle', async () => (await running('cellar')) + (await running('dormer')) === 0);
});

it('tell their process where another has taken their place', async () => {
  const host = await startHost('gable', 'replaced');
  await installation.hosts.join(
    { workspace: 'default', name: 'gable', holder: 'another process', maxConcurrent: 1, agents: [] },
    () => true,
  );
  await until('it has heard of it', () => host.ended.aborted);
  expect(host.ended.reason).toMatchObject({ code: 'HOST_TAKEN' });
});
