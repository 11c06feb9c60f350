import { sweepSlowly } from '../../src/activities/remote/sweep-remote-work';
import { workflowIdOf } from '../../src/contracts/protocol/ids';
import { sessionMessages } from '../../src/contracts/protocol/session';
import type { RunningApi } from '../../src/main/api';
import { createActivityCompleter } from '../../src/main/complete-activities';
import { createOpenActivities } from '../../src/main/open-activities';
import { createAttemptStore } from '../../src/stores/attempts';
import { createRemoteSweepStore } from '../../src/stores/remote-sweep';
import { createRemoteWorkStore } from '../../src/stores/remote-work';
import { openTestInstallation } from '../helpers/servers/test-installation';
import type { TestInstallation } from '../helpers/servers/test-installation';
import { until } from '../helpers/until';
import { registerRemote } from './remote-agent-client';

let installation: TestInstallation;
let api: RunningApi;
const signalled: string[] = [];

beforeAll(async () => {
  // The workers' own sweeps have more patience than the test takes.
  installation = await openTestInstallation({ ORCHESTRA_LEASE_MS: '120000' });
  [api] = await Promise.all([installation.startApi(), installation.startWorkers(['sessions'])]);
});
afterAll(() => installation.close());

/** What every session worker does now and then, here at once and with no patience. */
async function sweep(): Promise<void> {
  const { pool, temporal } = installation;
  const fail = (error: unknown): never => {
    throw error;
  };
  await sweepSlowly(
    {
      sweeps: createRemoteSweepStore(pool),
      open: createOpenActivities(temporal, Date.now),
      attempts: createAttemptStore(pool, { retentionDays: 1 }),
      remoteWork: createRemoteWorkStore(pool),
      activities: createActivityCompleter(temporal, fail),
      signal: async (workspace, session, events) => {
        signalled.push(...events.map(({ id }) => `${session} ${id}`));
        await temporal.workflow.getHandle(workflowIdOf(workspace, session)).signal(sessionMessages.events, events);
        return true;
      },
      now: Date.now,
    },
    0,
  );
}

/** Takes an activity, as a worker does, and is never heard of again. */
async function takeAndDie(): Promise<void> {
  const { workflowService, options } = installation.temporal;
  const { taskToken } = await workflowService.pollActivityTaskQueue({
    namespace: options.namespace,
    taskQueue: { name: installation.configuration.taskQueue },
    identity: 'doomed',
  });
  expect(taskToken?.length).toBeGreaterThan(0);
}

test('an attempt whose worker died before it offered it is offered by another, at no cost of a try; one that no worker has taken waits', async () => {
  const agent = await registerRemote(installation, api, 'writer', { maxConcurrent: 2 });
  await agent.post('claim', { claimId: 'hello' });
  const session = await installation.start(
    'version: 1\nname: p\ntasks: { work: { agent: writer, forEach: [1, 2], retry: { attempts: 1 } } }\n',
  );
  await until('both are scheduled', async () => {
    const { raw } = await installation.temporal.workflow.getHandle(session.workflowId).describe();
    return raw.pendingActivities?.length === 2;
  });
  await sweep();
  expect(signalled).toEqual([]);

  await takeAndDie();
  await until('the sweep has noticed', async () => {
    await sweep();
    return signalled.length > 0;
  });
  expect(signalled).toEqual([expect.stringMatching(/^\S+ unstarted\/work\[[01]\]\/1$/)]);

  await installation.startWorkers(['agents']);
  const works = await Promise.all([agent.claim(), agent.claim()]);
  expect(works.map(({ task }) => task).sort()).toEqual(['work[0]', 'work[1]']);
  await Promise.all(works.map((work) => agent.settle('complete', work)));
  expect((await session.result()).status).toBe('succeeded');
});
