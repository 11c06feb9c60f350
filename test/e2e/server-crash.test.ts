import type { SessionHandle } from '../../src/client/session-handle';
import { CrashRig } from '../helpers/e2e/crash-rig';
import { expectSound } from '../helpers/e2e/sound-session';
import type { WorkerProcess } from '../helpers/e2e/worker-process';
import { until } from '../helpers/until';

/** A server has to start again, and workers to notice that it has. */
const recoveryMs = 200_000;

let rig: CrashRig;
let workers: WorkerProcess[];

beforeEach(async () => {
  // Nobody's lease runs out because the disk is slow: these servers wait for it.
  rig = await CrashRig.open({ servers: 'own', environment: { ORCHESTRA_LEASE_MS: '10000' } });
  workers = await Promise.all([rig.startWorker(['sessions']), rig.startWorker(['agents'])]);
});
afterEach(() => rig.close());

const stages = ['before', 'during', 'after'];
const runs = Object.fromEntries(
  ['first', 'list', 'last', ...stages, 'each', ...stages.map((_, at) => `each[${at}]`)].map((run) => [
    run,
    'succeeded' as const,
  ]),
);

/** A chain of held tasks beside a fan-out, so that a crash finds something at every stage: done, running, waiting. */
async function startStagedSession(): Promise<SessionHandle> {
  const session = await rig.start({
    defaults: { retry: { attempts: 3, initialInterval: '1ms' } },
    tasks: {
      first: { agent: 'free' },
      list: { run: [process.execPath, '-e', 'console.log(`["a","b","c"]`)'], output: 'json' },
      before: { needs: ['first'], agent: 'held' },
      during: { needs: ['before'], agent: 'held' },
      each: { needs: ['list'], forEach: '${{ tasks.list.output }}', agent: 'held', maxParallel: 2 },
      after: { needs: ['during'], agent: 'held' },
      last: { needs: ['after', 'each'], agent: 'free' },
    },
  });
  rig.traces.openGate('before');
  await until('the session is in the middle of its work', () => rig.traces.haveStarted('during', 'each[0]', 'each[1]'));
  return session;
}

function openAllGates(): void {
  rig.traces.openGate('all');
}

/** How often each attempt was started; none may be started twice, and none was lost. */
function expectNothingRanTwice(): void {
  expect(rig.traces.all().filter(({ what, attempt }) => what === 'started' && attempt > 1)).toEqual([]);
}

it('goes on after a kill of the Temporal server', async () => {
  const session = await startStagedSession();
  process.kill(rig.owner?.temporalPid ?? 0, 'SIGKILL');
  // Agents finish while the server is away: what they did must not be lost.
  openAllGates();
  await until('an agent has finished', () => rig.traces.of('during', 'finished').length === 1);
  await expectSound(rig, session, { runs, withinMs: recoveryMs });
  expectNothingRanTwice();
});

it('goes on after a kill of PostgreSQL', async () => {
  const session = await startStagedSession();
  process.kill(rig.owner?.postgresPid ?? 0, 'SIGKILL');
  openAllGates();
  await until('an agent has finished', () => rig.traces.of('during', 'finished').length === 1);
  await expectSound(rig, session, { runs, withinMs: recoveryMs });
  expectNothingRanTwice();
});

it('goes on after everything was killed at once and started again on the same data', async () => {
  const session = await startStagedSession();
  await rig.killEverything();
  expect(rig.traces.living()).toEqual([]);
  await rig.startServers();
  await Promise.all([rig.startWorker(['agents']), rig.startWorker(['sessions'])]);
  openAllGates();
  await expectSound(rig, await rig.installation.client.get(session.id), { runs, withinMs: recoveryMs });
  expect(workers.every(({ hasExited }) => hasExited)).toBe(true);
});
