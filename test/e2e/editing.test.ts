import type { SessionHandle } from '../../src/client/session-handle';
import type { Plan } from '../../src/domain/plan/plan';
import { planDocuments } from '../../src/main/prepare-plan';
import { CrashRig } from '../helpers/e2e/crash-rig';
import { resetWorkflow } from '../helpers/e2e/reset-workflow';
import { expectSound, select, succeededIn } from '../helpers/e2e/sound-session';
import { until } from '../helpers/until';
import type { WorkerProcess } from '../helpers/e2e/worker-process';

let rig: CrashRig;
let sessionWorker: WorkerProcess;

beforeEach(async () => {
  rig = await CrashRig.open();
  [sessionWorker] = await Promise.all([rig.startWorker(['sessions']), rig.startWorker(['agents'])]);
});
afterEach(() => rig.close());

/** `first` is done, `long` is in flight, `last` waits for it. */
async function startChain(): Promise<SessionHandle> {
  const session = await rig.start({
    tasks: {
      first: { agent: 'free' },
      long: { needs: ['first'], agent: 'held' },
      last: { needs: ['long'], agent: 'free' },
    },
  });
  await until('the held agent runs', () => rig.traces.haveStarted('long'));
  return session;
}

async function edit(session: SessionHandle, change: (tasks: Plan['tasks']) => Plan['tasks']): Promise<string> {
  const { plan, hash: from } = await session.plan();
  const edited = { ...plan, tasks: change(plan.tasks) };
  const documents = planDocuments(edited);
  const hash = documents[0]?.hash ?? '';
  await session.edit({ plan: edited, hash, documents, from });
  return hash;
}

/** Puts `early` before all tasks there are, and takes `last` away. */
const withEarly = ({ last: _, first, ...tasks }: Plan['tasks']): Plan['tasks'] => {
  if (!first) throw new Error('the plan has no first task');
  return { early: { ...first, needs: [] }, first, ...tasks };
};

const edited = { early: 'succeeded', first: 'succeeded', long: 'succeeded' } as const;
const asStarted = { first: 'succeeded', long: 'succeeded', last: 'succeeded' } as const;

it('goes on with the edited plan in a worker that has to read the history again', async () => {
  const session = await startChain();
  await edit(session, withEarly);
  await until('the new task is done', async () => (await succeededIn(session)) === 2);
  await sessionWorker.kill();
  await rig.startWorker(['sessions']);
  rig.traces.openGate('all');
  await expectSound(rig, session, { runs: edited });
  expect(rig.traces.all().filter(({ what }) => what === 'started')).toHaveLength(3);
});

it('is left by a reset to before it, and the session goes on with the plan it had', async () => {
  const session = await startChain();
  const { hash } = await session.plan();
  await edit(session, withEarly);
  await until('the new task is done', async () => (await succeededIn(session)) === 2);
  await resetWorkflow(rig, session, 1, true);
  await until('the new run has caught up', async () => (await countBranches(session)) === 2);
  await until('the plan is the first again', async () => (await session.plan()).hash === hash);
  rig.traces.openGate('all');
  await expectSound(rig, session, { runs: asStarted, wasReset: true, leftRun: 'early' });
});

it('is taken in again after a reset to before it that repeats what came in since', async () => {
  const session = await startChain();
  const hash = await edit(session, withEarly);
  await until('the new task is done', async () => (await succeededIn(session)) === 2);
  await resetWorkflow(rig, session, 1);
  await until('the new run has caught up', async () => (await countBranches(session)) === 2);
  await until('the plan is the edited one again', async () => (await session.plan()).hash === hash);
  rig.traces.openGate('all');
  await expectSound(rig, session, { runs: edited, wasReset: true });
  expect(rig.traces.of('early', 'started')).toHaveLength(1);
});

it('can be followed by another edit after a reset that has left it', async () => {
  const session = await startChain();
  const { hash } = await session.plan();
  await edit(session, withEarly);
  await until('the new task is done', async () => (await succeededIn(session)) === 2);
  await resetWorkflow(rig, session, 1, true);
  await until('the new run has caught up', async () => (await countBranches(session)) === 2);
  await until('the plan is the first again', async () => (await session.plan()).hash === hash);
  const again = edit(session, withEarly);
  await expect(again).rejects.toThrow('task "early" was begun before the workflow was reset');
  await edit(session, ({ last, ...tasks }) => (last ? { ...tasks, last: { ...last, priority: 1 } } : tasks));
  rig.traces.openGate('all');
  await expectSound(rig, session, { runs: asStarted, wasReset: true, leftRun: 'early' });
});

async function countBranches(session: SessionHandle): Promise<number> {
  return (await select(rig, session, 'SELECT run_id FROM session_runs WHERE workspace = $1 AND session = $2')).length;
}
