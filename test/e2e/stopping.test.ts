import { CrashRig } from '../helpers/e2e/crash-rig';
import { expectSound, select, succeededIn } from '../helpers/e2e/sound-session';
import { until } from '../helpers/until';

let rig: CrashRig;

beforeEach(async () => {
  rig = await CrashRig.open({ environment: { ORCHESTRA_LEASE_MS: '180000' } });
  await rig.startWorker(['sessions', 'agents']);
});
afterEach(() => rig.close());

/** The contract is 3 s. Workers look at their leases once a minute here: whoever is told much sooner was told at once, however slow the machine is. */
const reachesAgentMs = 12_000;

it('stops agents at once upon a cancel, without waiting for the next look at their leases, and keeps the results so far', async () => {
  const session = await rig.start({
    tasks: {
      done: { agent: 'free' },
      long: { agent: 'held' },
      each: { forEach: [1, 2, 3], agent: 'held' },
      last: { needs: ['long', 'each', 'done'], agent: 'free' },
    },
    outputs: { done: '${{ tasks.done.output.task }}' },
  });
  await until('four held agents run', () => rig.traces.haveStarted('long', 'each[0]', 'each[1]', 'each[2]'));
  await until('the first task is done', async () => (await succeededIn(session)) === 1);
  const cancelledAt = Date.now();
  await session.cancel({ reason: 'enough' });
  await expectSound(rig, session, {
    status: 'cancelled',
    runs: {
      done: 'succeeded',
      long: 'cancelled',
      each: 'cancelled',
      'each[0]': 'cancelled',
      'each[1]': 'cancelled',
      'each[2]': 'cancelled',
      last: 'cancelled',
    },
  });
  const stops = rig.traces.all().filter(({ what }) => what === 'told to stop');
  expect(stops).toHaveLength(4);
  expect(Math.max(...stops.map(({ at }) => at)) - cancelledAt).toBeLessThan(reachesAgentMs);
  expect((await session.overview()).outputs).toEqual({ done: 'done' });
});

it("takes the Web UI's Cancel as its own", async () => {
  const session = await rig.start(
    {
      tasks: {
        done: { agent: 'free' },
        long: { agent: 'held' },
        child: { plan: './child.plan.yaml' },
        last: { needs: ['long'], agent: 'free' },
      },
    },
    { 'child.plan.yaml': { tasks: { inner: { agent: 'held' } } } },
  );
  await until('both held agents run', () => rig.traces.haveStarted('long', 'inner'));
  await until('the first task is done', async () => (await succeededIn(session)) === 1);
  const cancelledAt = Date.now();
  await rig.installation.temporal.workflow.getHandle(session.workflowId).cancel();
  await expectSound(rig, session, {
    status: 'cancelled',
    workflow: 'CANCELLED',
    runs: { done: 'succeeded', long: 'cancelled', child: 'cancelled', last: 'cancelled' },
  });
  const child = await rig.installation.client.get(`${session.id}.child`);
  await expectSound(rig, child, { status: 'cancelled', runs: { inner: 'cancelled' } });
  const stops = rig.traces.all().filter(({ what }) => what === 'told to stop');
  expect(stops.map(({ task }) => task).sort()).toEqual(['inner', 'long']);
  expect(Math.max(...stops.map(({ at }) => at)) - cancelledAt).toBeLessThan(reachesAgentMs);
});

it('pauses at once without costing a try', async () => {
  // One try, and it is not used up.
  const session = await rig.start({ tasks: { long: { agent: 'held' }, last: { needs: ['long'], agent: 'free' } } });
  for (const round of [1, 2]) {
    await until(`attempt ${round} runs`, () => rig.traces.of('long', 'started').length === round);
    expect((await session.pause({ now: true })).status).toBe('paused');
    await until(`agent ${round} has stopped`, () => rig.traces.living().length === 0);
    await until(
      'the attempt is given back',
      async () => (await session.tasks({ offset: 0, limit: 1 }))[0]?.status === 'queued',
    );
    await session.resume();
  }
  await until('the third attempt runs', () => rig.traces.of('long', 'started').length === 3);
  rig.traces.openGate('long');
  await expectSound(rig, session, { runs: { long: 'succeeded', last: 'succeeded' } });
  const verdicts = await select(
    rig,
    session,
    `SELECT verdict FROM outcomes WHERE workspace = $1 AND session = $2 AND run = 'long' ORDER BY attempt`,
  );
  expect(verdicts).toEqual([{ verdict: 'cancelled' }, { verdict: 'cancelled' }, { verdict: 'succeeded' }]);
});
