import { CrashRig } from '../helpers/e2e/crash-rig';
import { resetWorkflow } from '../helpers/e2e/reset-workflow';
import { expectSound, select, succeededIn } from '../helpers/e2e/sound-session';
import { until } from '../helpers/until';

let rig: CrashRig;

beforeEach(async () => {
  rig = await CrashRig.open();
});
afterEach(() => rig.close());

const started = (): string[] =>
  rig.traces
    .all()
    .filter(({ what }) => what === 'started')
    .map(({ task, attempt }) => `${task}/${attempt}`);

it('takes up the turn that a worker has committed with an outcome, killed before Temporal heard of either', async () => {
  const doomed = await rig.startWorker(['sessions', 'agents'], { fault: { diesAfterOutcomeTurn: true } });
  const session = await rig.start({
    tasks: { a: { agent: 'free' }, b: { needs: ['a'], agent: 'held' }, c: { needs: ['b'], agent: 'free' } },
  });
  await doomed.exited;
  expect(await select(rig, session, acceptedOutcomes)).toEqual([{ run: 'a', turn: 2 }]);
  const paused = session.pause({ requestId: 'the-pause' });

  await rig.startWorker(['sessions', 'agents']);
  expect((await paused).status).toBe('paused');
  await until('b runs, as the turn had decided', () => rig.traces.of('b', 'started').length === 1);
  rig.traces.openGate('b');
  await until('b is done', async () => (await succeededIn(session)) === 2);
  expect(rig.traces.of('c', 'started')).toEqual([]);
  await session.resume();
  await expectSound(rig, session, { runs: { a: 'succeeded', b: 'succeeded', c: 'succeeded' } });
  expect(started()).toEqual(['a/1', 'b/1', 'c/1']);
});

it.each([0, 1, 2, 3])(
  'neither repeats nor forgets what such turns have done after a reset to workflow task %i',
  async (task) => {
    await rig.startWorker(['sessions', 'agents']);
    const session = await rig.start({
      tasks: {
        a: { agent: 'free' },
        b: { needs: ['a'], agent: 'free' },
        c: { needs: ['b'], agent: 'free' },
        d: { needs: ['c'], agent: 'held' },
        e: { needs: ['d'], agent: 'free' },
      },
    });
    await until('d runs', () => rig.traces.of('d', 'started').length === 1);
    await until('three are done', async () => (await succeededIn(session)) === 3);
    await resetWorkflow(rig, session, task);
    rig.traces.openGate('all');
    const runs = { a: 'succeeded', b: 'succeeded', c: 'succeeded', d: 'succeeded', e: 'succeeded' } as const;
    await expectSound(rig, session, { runs, wasReset: true });
    expect(started()).toEqual(['a/1', 'b/1', 'c/1', 'd/1', 'e/1']);
  },
);

const acceptedOutcomes =
  'SELECT run, accepted_turn AS turn FROM outcomes WHERE workspace = $1 AND session = $2 ORDER BY run';
