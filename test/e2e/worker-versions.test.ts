import { temporal } from '@temporalio/proto';
import { learningQueue } from '../../src/contracts/protocol/queues';
import { CrashRig } from '../helpers/e2e/crash-rig';
import type { WorkerProcess } from '../helpers/e2e/worker-process';
import { until } from '../helpers/until';

let rig: CrashRig;

beforeEach(async () => {
  rig = await CrashRig.open({
    environment: { ORCHESTRA_LEARNING_INTERVAL_MS: '1000', ORCHESTRA_CONTINUE_AFTER_EVENTS: '100' },
  });
});
afterEach(async () => {
  await learning()
    .delete()
    .catch(() => undefined);
  await rig.close();
});

const learning = () => rig.installation.temporal.schedule.getHandle(learningQueue(deploymentName()));
const deploymentName = () => rig.installation.configuration.taskQueue;

const startVersion = (buildId: string, environment: Record<string, string> = {}): Promise<WorkerProcess> =>
  rig.startWorker(['sessions', 'agents', 'learning'], {
    environment: { ORCHESTRA_DEPLOYMENT: deploymentName(), ORCHESTRA_BUILD_ID: buildId, ...environment },
  });

/**
 * What `temporal worker deployment set-current-version` does, until work is given to the version. Temporal refuses it as long as it knows of no worker of the
 * version, and the parts of a task queue hear of it one after the other.
 */
async function makeCurrent(buildId: string): Promise<void> {
  const { workflowService, options } = rig.installation.temporal;
  let refusal: unknown;
  const set = (): Promise<unknown> =>
    workflowService.setWorkerDeploymentCurrentVersion({
      namespace: options.namespace,
      deploymentName: deploymentName(),
      buildId,
      identity: 'test',
    });
  const isSet = (): Promise<boolean> =>
    set().then(
      () => true,
      (error: unknown) => {
        refusal = error;
        return false;
      },
    );
  await until('the version is current', isSet).catch((error: unknown) => {
    throw new AggregateError([error, refusal], `${buildId} cannot be made current: ${String(refusal)}`);
  });
  await until('new sessions are given to the version', async () => {
    const versions = await Promise.all(Array.from({ length: 4 }, versionsOfNewSession));
    return versions.flat().every((version) => version === buildId);
  });
}

const activities = temporal.api.enums.v1.TaskQueueType.TASK_QUEUE_TYPE_ACTIVITY;

/**
 * Activities that wait for agent workers of a version, by the request that KEDA makes for a trigger with a worker deployment;
 * undefined while that queue is not known to be of the version: Temporal learns it by the first poll, and what can count it hears of it later.
 */
async function backlogOf(buildId: string): Promise<number | undefined> {
  const { workflowService, options } = rig.installation.temporal;
  const description = await workflowService
    .describeWorkerDeploymentVersion({
      namespace: options.namespace,
      deploymentVersion: { deploymentName: deploymentName(), buildId },
      reportTaskQueueStats: true,
    })
    .catch((error: unknown) => {
      if (String(error).includes('of type Activity not found in this version')) return undefined;
      throw error;
    });
  const taskQueue = rig.installation.configuration.taskQueue;
  const queue = description?.versionTaskQueues?.find(({ name, type }) => name === taskQueue && type === activities);
  return queue?.stats ? Number(queue.stats.approximateBacklogCount) : undefined;
}

/** Versions that took on the workflow tasks of the latest run of a workflow, which it ends; what one took on in a row counts once. */
async function versionsOf(workflowId: string): Promise<string[]> {
  const handle = rig.installation.temporal.workflow.getHandle(workflowId);
  // A session has ended before its last workflow task has.
  await handle.result();
  const { events } = await handle.fetchHistory();
  const versions = (events ?? []).flatMap(({ workflowTaskCompletedEventAttributes: completed }) =>
    completed ? [completed.deploymentVersion?.buildId ?? 'none'] : [],
  );
  return versions.filter((version, at) => version !== versions[at - 1]);
}

const free = { tasks: { only: { agent: 'free' } } };

async function versionsOfNewSession(): Promise<string[]> {
  const session = await rig.start(free);
  expect((await session.result()).status).toBe('succeeded');
  return versionsOf(session.workflowId);
}

/** Of what the schedule of learning starts from now on. */
async function versionsOfNewLearning(): Promise<string[]> {
  const { numActionsTaken } = (await learning().describe()).info;
  // What was started before may run still.
  const enough = numActionsTaken + 2;
  await until('it has learnt again', async () => (await learning().describe()).info.numActionsTaken >= enough);
  const latest = (await learning().describe()).info.recentActions.at(-1)?.action.workflow;
  if (!latest) throw new Error('nothing was started');
  return versionsOf(latest.workflowId);
}

it('gives work to the version that is current, moves sessions to the next one, and leaves the one before nothing to do', async () => {
  const first = await startVersion('1.0.0');
  await makeCurrent('1.0.0');
  const session = await rig.start({
    tasks: {
      long: { agent: 'held' },
      next: { needs: ['long'], agent: 'free' },
      last: { needs: ['next'], agent: 'free' },
    },
  });
  await until('its agent is at work', () => rig.traces.of('long', 'started').length === 1);

  await startVersion('2.0.0');
  expect(await versionsOfNewSession()).toEqual(['1.0.0']);
  await makeCurrent('2.0.0');
  expect(await versionsOfNewSession()).toEqual(['2.0.0']);
  expect(await versionsOfNewLearning()).toEqual(['2.0.0']);

  // The attempt goes on where it was begun, and its session where work is given to.
  rig.traces.openGate('long');
  expect((await session.result()).status).toBe('succeeded');
  expect(await versionsOf(session.workflowId)).toEqual(['1.0.0', '2.0.0']);
  expect(rig.traces.of('long', 'started')).toHaveLength(1);

  await first.stop();
  expect(await versionsOfNewSession()).toEqual(['2.0.0']);
  expect(await versionsOfNewLearning()).toEqual(['2.0.0']);
});

it('takes an attempt over from a version that is stopped, at no cost of a try, in a session that continues as new', async () => {
  const first = await startVersion('1.0.0');
  await makeCurrent('1.0.0');
  const session = await rig.start({ tasks: { long: { agent: 'held' }, after: { needs: ['long'], agent: 'free' } } });
  await until('its agent is at work', () => rig.traces.of('long', 'started').length === 1);
  await startVersion('2.0.0');
  await makeCurrent('2.0.0');
  await first.stop();
  await until('its agent is at work once more', () => rig.traces.of('long', 'started').length === 2);

  const handle = rig.installation.temporal.workflow.getHandle(session.workflowId);
  const { runId } = await handle.describe();
  await until('it has continued as new', async () => {
    await session.pause();
    await session.resume();
    return (await handle.describe()).runId !== runId;
  });
  rig.traces.openGate('all');
  expect((await session.result()).status).toBe('succeeded');
  expect(await versionsOf(session.workflowId)).toEqual(['2.0.0']);
});

it('goes on with workers of a version where those before were of none', async () => {
  const first = await rig.startWorker(['sessions', 'agents']);
  const session = await rig.start({ tasks: { long: { agent: 'held' }, after: { needs: ['long'], agent: 'free' } } });
  await until('its agent is at work', () => rig.traces.of('long', 'started').length === 1);
  await startVersion('1.0.0');
  expect(await versionsOfNewSession()).toEqual(['none']);
  await makeCurrent('1.0.0');
  expect(await versionsOfNewSession()).toEqual(['1.0.0']);
  rig.traces.openGate('all');
  expect((await session.result()).status).toBe('succeeded');
  expect(await versionsOf(session.workflowId)).toEqual(['none', '1.0.0']);
  await first.stop();
  expect(await versionsOfNewSession()).toEqual(['1.0.0']);
});

it('says of a version what waits for its workers, by which KEDA scales them', async () => {
  await startVersion('1.0.0', { ORCHESTRA_AGENT_CAPACITY: '1' });
  await makeCurrent('1.0.0');
  const tasks = Object.fromEntries(['one', 'two', 'three', 'four', 'five'].map((name) => [name, { agent: 'held' }]));
  const session = await rig.start({ tasks });
  await until('more waits than its worker takes', async () => ((await backlogOf('1.0.0')) ?? 0) > 1);
  rig.traces.openGate('all');
  expect((await session.result()).status).toBe('succeeded');
  await until('nothing waits any more', async () => (await backlogOf('1.0.0')) === 0);
});
