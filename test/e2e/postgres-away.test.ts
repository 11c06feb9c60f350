import { setTimeout as wait } from 'node:timers/promises';
import type { SessionHandle } from '../../src/client/session-handle';
import { CrashRig } from '../helpers/e2e/crash-rig';
import { expectSound } from '../helpers/e2e/sound-session';
import { until } from '../helpers/until';

const awayMs = 60_000;

let rig: CrashRig;

beforeEach(async () => {
  rig = await CrashRig.open({ servers: 'own', environment: { ORCHESTRA_LEASE_MS: '25000' } });
});
afterEach(() => rig.close());

it('answers while PostgreSQL is away for a minute, and loses nothing of what agents did', async () => {
  const [agents] = await Promise.all([rig.startWorker(['agents']), rig.startWorker(['sessions'])]);
  const session = await rig.start({
    tasks: {
      long: { agent: 'held' },
      during: { agent: 'held' },
      last: { needs: ['long', 'during'], agent: 'free' },
    },
  });
  await until('both held agents run', () => rig.traces.haveStarted('long', 'during'));

  // With its owner suspended, nobody starts the server again.
  const { owner } = rig;
  owner?.child.kill('SIGSTOP');
  process.kill(owner?.postgresPid ?? 0, 'SIGKILL');
  const backAt = wait(awayMs);
  rig.traces.openGate('during');
  await until('an agent has finished', () => rig.traces.of('during', 'finished').length === 1);

  // The result waits for the database; in the meantime the workflow answers, though the turn of a pause cannot be committed.
  const paused = session.pause();
  // The worker is stuck, so Temporal gives up its attempts; the session will ask the database what became of them.
  agents.suspend();
  await until('Temporal has given up both', async () => (await pendingActivities(session)) === 0);
  expect(await session.progress()).toMatchObject({ running: 2, status: 'running' });
  expect(await session.tasks({ offset: 0, limit: 10 })).toHaveLength(3);
  await backAt;
  expect(await session.progress()).toMatchObject({ running: 2, status: 'running' });
  expect(rig.traces.living().map(({ task }) => task)).toEqual(['long']);
  const { events, tries } = await historyOf(session);
  // test/unit/workflows/database-retries.test.ts says how long a history lasts at six events a try.
  expect(tries).toBeGreaterThan(20);
  expect(events / tries).toBeLessThan(7);

  owner?.child.kill('SIGCONT');
  await until('PostgreSQL is back', () => rig.installation.pool.query('SELECT 1').then(Boolean, () => false));
  const isBackAt = Date.now();
  expect((await paused).status).toBe('paused');
  expect(Date.now() - isBackAt).toBeLessThan(awayMs / 3);
  agents.resume();
  await until('the result is taken in', async () => (await session.progress())?.succeeded === 1);
  await session.resume();
  rig.traces.openGate('long');
  await expectSound(rig, session, { runs: { long: 'succeeded', during: 'succeeded', last: 'succeeded' } });
  // Nobody could extend a lease for a minute; that is no reason to run a task again.
  expect(rig.traces.all().filter(({ what }) => what === 'started')).toHaveLength(3);
});

/** Its length, and the tries that waited on timers. */
async function historyOf({ workflowId }: SessionHandle): Promise<{ events: number; tries: number }> {
  const { events } = await rig.installation.temporal.workflow.getHandle(workflowId).fetchHistory();
  if (!events) throw new Error('a history has events');
  return { events: events.length, tries: events.filter((event) => event.timerStartedEventAttributes).length };
}

async function pendingActivities({ workflowId }: SessionHandle): Promise<number> {
  const { raw } = await rig.installation.temporal.workflow.getHandle(workflowId).describe();
  return raw.pendingActivities?.length ?? 0;
}
