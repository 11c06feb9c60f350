import { openTestInstallation } from '../helpers/servers/test-installation';
import type { TestInstallation } from '../helpers/servers/test-installation';
import { until } from '../helpers/until';
import { startControlledAgent } from './controlled-agent';
import type { ControlledAgent } from './controlled-agent';

let agent: ControlledAgent;
const installations: TestInstallation[] = [];

beforeAll(async () => (agent = await startControlledAgent()));
afterAll(async () => {
  await agent.close();
  await Promise.all(installations.map((installation) => installation.close()));
});

async function open(environment: NodeJS.ProcessEnv = {}): Promise<TestInstallation> {
  const installation = await openTestInstallation(environment);
  installations.push(installation);
  return installation;
}

const plan = (): string => `
version: 1
name: waits
defaults: { retry: { attempts: 1 } }
agents: { remote: { connector: http, url: "${agent.url}" }, quick: { connector: simulated, latency: 1ms } }
tasks: { work: { agent: quick } }
`;

const attempts = async (session: Awaited<ReturnType<TestInstallation['start']>>): Promise<number> =>
  (await session.runs())[0]?.attempts ?? 0;

it('assigns an attempt anew that no worker takes, at no cost of a try', async () => {
  const installation = await open({ ORCHESTRA_GRANT_MS: '1000' });
  await installation.startWorkers(['sessions']);
  const session = await installation.start(plan());
  await until('it was assigned again', async () => (await attempts(session)) >= 3);
  await session.pause();
  await installation.startWorkers(['agents']);
  await session.resume();
  expect(await session.result()).toMatchObject({ status: 'succeeded' });
});

it('assigns an attempt anew whose grant had expired when its worker came', async () => {
  const installation = await open();
  await installation.startWorkers(['sessions']);
  const session = await installation.start(plan());
  await until('it is assigned', async () => (await attempts(session)) === 1);
  await installation.pool.query(`UPDATE leases SET expires_at = now() - interval '1 s' WHERE session = $1`, [
    session.id,
  ]);
  await installation.startWorkers(['agents']);
  expect(await session.result()).toMatchObject({ status: 'succeeded' });
  expect(await attempts(session)).toBe(2);
});

it('ends a session whose workflow somebody has terminated, once its agents are done', async () => {
  const installation = await open();
  await installation.startWorkers();
  // The turn that its end brings starts what follows, for which no workflow asks any more.
  const session = await installation.start(
    plan().replace('agent: quick }', 'agent: remote }, after: { needs: [work], agent: quick }'),
  );
  await agent.arrival('work', 1, session.id);
  await installation.temporal.workflow.getHandle(session.workflowId).terminate('by hand');
  await agent.answer('work', { session: session.id });
  expect(await session.result()).toMatchObject({
    status: 'failed',
    error: expect.stringContaining('ended outside of Agent Orchestra'),
    progress: { status: 'failed', running: 0 },
  });
  await expect(session.retry()).rejects.toMatchObject({ code: 'COMMAND_REFUSED' });
});

it('says of a session whose workflow was terminated what has become of it, and closes it within seconds while its agents still work', async () => {
  const installation = await open();
  await installation.startWorkers();
  const session = await installation.start(plan().replace('agent: quick }', 'agent: remote }'));
  await agent.arrival('work', 1, session.id);
  await installation.temporal.workflow.getHandle(session.workflowId).terminate('by hand');
  await expect(session.cancel()).rejects.toMatchObject({
    code: 'COMMAND_REFUSED',
    message: expect.stringContaining('was ended in Temporal'),
  });
  await until('it has failed', async () => (await session.overview()).status === 'failed', 30_000);
  expect(await session.overview()).toMatchObject({ isAbandoned: true, progress: { running: 0 } });
  await expect(session.cancel()).rejects.toThrow('has ended.');
});
