import { workflowIdOf } from '../../src/contracts/protocol/ids';
import { openTestInstallation } from '../helpers/servers/test-installation';
import type { TestInstallation } from '../helpers/servers/test-installation';
import { until } from '../helpers/until';

let installation: TestInstallation;

beforeAll(async () => {
  installation = await openTestInstallation({ ORCHESTRA_WORKSPACE: 'ours' });
  await installation.startWorkers();
});
afterAll(() => installation.close());

const plan = `version: 1\nname: slow\nagents: { a: { connector: simulated, latency: 10m } }\ntasks: { work: { agent: a } }\n`;
const settings = { leaseMs: 3_000, grantMs: 60_000, searchAttributes: false, continueAfterEvents: 2_500 };

it('names workspace and session in the id, the input and the search attributes of a workflow', async () => {
  const session = await installation.start(plan, { id: 'named' });
  const handle = installation.temporal.workflow.getHandle(workflowIdOf('ours', 'named'));
  const { typedSearchAttributes } = await handle.describe();
  const attributes = typedSearchAttributes.getAll().map(({ key, value }) => [key.name, value]);
  expect(attributes).toContainEqual(['OrchestraWorkspace', 'ours']);
  const { events } = await handle.fetchHistory();
  const [payload] = events?.[0]?.workflowExecutionStartedEventAttributes?.input?.payloads ?? [];
  expect(JSON.parse(Buffer.from(payload?.data ?? []).toString())).toMatchObject({
    workspace: 'ours',
    session: 'named',
  });
  await session.cancel();
});

it('does no work of another workspace for a workflow that says so in its input', async () => {
  const session = await installation.start(plan, { id: 'victim' });
  await until('it runs', async () => (await session.runs())[0]?.status === 'running');
  const before = await session.overview();
  for (const workflowId of [workflowIdOf('theirs', 'victim'), workflowIdOf('theirs', 'other'), 'anything']) {
    const forged = await installation.temporal.workflow.start('session', {
      workflowId,
      taskQueue: installation.configuration.taskQueue,
      args: [
        {
          workspace: 'ours',
          session: 'victim',
          settings: { ...settings, taskQueue: installation.configuration.taskQueue },
          firstTurn: (before?.turn ?? 0) + 1,
          events: [{ id: 'stolen', type: 'cancel-requested' }],
        },
      ],
    });
    await until('it is refused', async () => {
      const { events } = await forged.fetchHistory();
      return (
        JSON.stringify(events).includes(Buffer.from('WORKSPACE_MISMATCH').toString('base64')) ||
        JSON.stringify(events).includes('WORKSPACE_MISMATCH')
      );
    });
    await forged.terminate().catch(() => undefined);
  }
  expect(await session.overview()).toEqual(before);
  await session.cancel();
});
