import type { SessionHandle } from '../../src/client/session-handle';
import { CrashRig } from '../helpers/e2e/crash-rig';
import { resetWorkflow } from '../helpers/e2e/reset-workflow';
import { expectSound, select, succeededIn } from '../helpers/e2e/sound-session';
import { until } from '../helpers/until';

let rig: CrashRig;

beforeEach(async () => {
  rig = await CrashRig.open();
  await rig.startWorker(['sessions', 'agents']);
});
afterEach(() => rig.close());

/** A chain with a branch: `first` and `second` are done, `long` and the child session are in flight. */
async function startBranched(): Promise<SessionHandle> {
  const session = await rig.start(
    {
      defaults: { retry: { attempts: 2, initialInterval: '1ms' } },
      tasks: {
        first: { agent: 'free' },
        second: { needs: ['first'], agent: 'free' },
        long: { needs: ['first'], agent: 'held' },
        child: { needs: ['first'], plan: './child.plan.yaml' },
        last: { needs: ['second', 'long', 'child'], agent: 'free' },
      },
      outputs: { long: '${{ tasks.long.output.attempt }}' },
    },
    { 'child.plan.yaml': { tasks: { inner: { agent: 'held' } } } },
  );
  await until('both held agents run', () => rig.traces.haveStarted('long', 'inner'));
  await until('second is done', async () => (await succeededIn(session)) === 2);
  return session;
}

const runs = {
  first: 'succeeded',
  second: 'succeeded',
  long: 'succeeded',
  child: 'succeeded',
  last: 'succeeded',
} as const;

it.each([0, 1])(
  'neither repeats what is done nor stops what runs after a reset to workflow task %i',
  async (workflowTask) => {
    const session = await startBranched();
    await resetWorkflow(rig, session, workflowTask);
    await until('the new run has caught up', async () => (await countBranches(session)) === 2);
    await until('second is done again', async () => (await succeededIn(session)) === 2);
    expect(
      rig.traces
        .living()
        .map(({ task }) => task)
        .sort(),
    ).toEqual(['inner', 'long']);
    rig.traces.openGate('all');

    await expectSound(rig, session, { runs, wasReset: true });
    const child = await rig.installation.client.get(`${session.id}.child`);
    await expectSound(rig, child, { runs: { inner: 'succeeded' } });
    expect((await session.overview()).outputs).toEqual({ long: 1 });
    const starts = rig.traces.all().filter(({ what }) => what === 'started');
    expect(starts.map(({ task, attempt }) => `${task}/${attempt}`).sort()).toEqual([
      'first/1',
      'inner/1',
      'last/1',
      'long/1',
      'second/1',
    ]);
  },
);

it('takes up a session again that was reset after its end', async () => {
  const session = await startBranched();
  rig.traces.openGate('all');
  await session.result();
  await until('the workflow is closed', async () => {
    const { status } = await rig.installation.temporal.workflow.getHandle(session.workflowId).describe();
    return status.name === 'COMPLETED';
  });
  await resetWorkflow(rig, session, 1);
  await until('the new run has caught up', async () => (await countBranches(session)) === 2);
  await expectSound(rig, session, { runs, wasReset: true });
  expect(rig.traces.all().filter(({ what }) => what === 'started')).toHaveLength(5);
});

it('tells child sessions what the left branch had told them in turns of the same numbers', async () => {
  const session = await startBranched();
  const child = await rig.installation.client.get(`${session.id}.child`);
  const pauseAndResume = async (): Promise<void> => {
    await session.pause();
    await until('the child is paused', async () => (await child.overview()).status === 'paused');
    await session.resume();
    await until('the child goes on', async () => (await child.overview()).status === 'running');
  };
  for (const _ of [1, 2, 3]) await pauseAndResume();
  await resetWorkflow(rig, session, 1, true);
  await until('the new run has caught up', async () => (await countBranches(session)) === 2);
  await pauseAndResume();
  // One turn more, so that a pause or a resume meets the number of one of its kind.
  await session.pause();
  await session.pause({ now: true });
  await session.resume();
  await until('the child goes on', async () => (await child.overview()).status === 'running');
  await pauseAndResume();
});

async function countBranches(session: SessionHandle): Promise<number> {
  return (await select(rig, session, 'SELECT run_id FROM session_runs WHERE workspace = $1 AND session = $2')).length;
}
