import { sessionMessages } from '../../src/contracts/protocol/session';
import type { SessionEvent } from '../../src/domain/session/events';
import { CrashRig } from '../helpers/e2e/crash-rig';
import { expectSound, select, succeededIn } from '../helpers/e2e/sound-session';
import { until } from '../helpers/until';

const twoTries = { retry: { attempts: 2, initialInterval: '1ms' } };

let rig: CrashRig;

beforeEach(async () => {
  rig = await CrashRig.open();
});
afterEach(() => rig.close());

/** Outcomes of the run `long`, by attempt. */
const outcomesOfLong = `
  SELECT attempt, verdict, lost FROM outcomes WHERE workspace = $1 AND session = $2 AND run = 'long' ORDER BY attempt`;

it('runs the attempts of a killed agent worker again, after their agents were ended', async () => {
  const [doomed] = await Promise.all([rig.startWorker(['agents']), rig.startWorker(['sessions'])]);
  const session = await rig.start({
    defaults: twoTries,
    tasks: { first: { agent: 'free' }, long: { agent: 'held' }, last: { needs: ['first', 'long'], agent: 'free' } },
  });
  await until('the held agent runs', () => rig.traces.of('long', 'started').length === 1);
  await doomed.kill();
  await until('the guardian has ended the agent', () => rig.traces.living().length === 0);
  expect(rig.traces.of('long', 'told to stop')).toHaveLength(1);

  await rig.startWorker(['agents']);
  await until('another attempt runs', () => rig.traces.of('long', 'started').length === 2);
  rig.traces.openGate('long');
  await expectSound(rig, session, { runs: { first: 'succeeded', long: 'succeeded', last: 'succeeded' } });
  expect(await select(rig, session, outcomesOfLong)).toEqual([
    { attempt: 1, verdict: 'failed', lost: true },
    { attempt: 2, verdict: 'succeeded', lost: false },
  ]);
});

it('gives an attempt to another worker, at no cost of a try, whose worker died before it began', async () => {
  const [doomed] = await Promise.all([
    rig.startWorker(['agents'], { fault: { diesBeforeBeginning: true } }),
    rig.startWorker(['sessions']),
  ]);
  const session = await rig.start({ tasks: { long: { agent: 'free' } } });
  await doomed.exited;
  await rig.startWorker(['agents']);
  await expectSound(rig, session, { runs: { long: 'succeeded' } });
  expect(await select(rig, session, outcomesOfLong)).toEqual([{ attempt: 2, verdict: 'succeeded', lost: false }]);
});

it('does not accept the late result of an agent that outlived its worker and guardian', async () => {
  const [doomed] = await Promise.all([rig.startWorker(['agents']), rig.startWorker(['sessions'])]);
  const session = await rig.start({
    defaults: twoTries,
    tasks: { long: { agent: 'held' }, last: { needs: ['long'], agent: 'free' } },
    outputs: { by: '${{ tasks.long.output.attempt }}' },
  });
  await until('the held agent runs', () => rig.traces.of('long', 'started').length === 1);
  await doomed.killWithGuardian();
  await rig.startWorker(['agents']);
  await until('another attempt runs', () => rig.traces.of('long', 'started').length === 2);
  expect(rig.traces.living().map(({ attempt }) => attempt)).toEqual([1, 2]);
  rig.traces.openGate('long.1');
  await until('the first agent has finished, late', () => rig.traces.of('long', 'finished').length === 1);
  rig.traces.openGate('long.2');

  await expectSound(rig, session, { runs: { long: 'succeeded', last: 'succeeded' } });
  expect((await session.overview()).outputs).toEqual({ by: 2 });
});

it('does not accept the late result of a worker that was suspended for longer than its lease', async () => {
  const [suspended] = await Promise.all([rig.startWorker(['agents']), rig.startWorker(['sessions'])]);
  const session = await rig.start({
    defaults: twoTries,
    tasks: { long: { agent: 'held' } },
    outputs: { by: '${{ tasks.long.output.attempt }}' },
  });
  await until('the held agent runs', () => rig.traces.of('long', 'started').length === 1);
  suspended.suspend();
  rig.traces.openGate('long.1');
  await rig.startWorker(['agents']);
  // Temporal gives attempts to the suspended worker as well, one for each of its polls, until it has noticed.
  await until('another attempt runs', () => rig.traces.of('long', 'started').length === 2, 200_000);
  suspended.resume();
  rig.traces.openGate('long');
  await expectSound(rig, session, { runs: { long: 'succeeded' } });
  const [first, ...others] = await select<{ attempt: number; verdict: string; lost: boolean }>(
    rig,
    session,
    outcomesOfLong,
  );
  expect(first).toEqual({ attempt: 1, verdict: 'failed', lost: true });
  // What Temporal handed to the suspended worker was never begun: it left no outcome, and cost no try.
  expect(others).toEqual([{ attempt: expect.any(Number) as number, verdict: 'succeeded', lost: false }]);
  expect((await session.overview()).outputs).toEqual({ by: others[0]?.attempt });
});

it('goes on where a killed session worker was', async () => {
  const [doomed] = await Promise.all([rig.startWorker(['sessions']), rig.startWorker(['agents'])]);
  const chain = Array.from({ length: 8 }, (_, at) => [
    `step${at}`,
    { agent: at === 4 ? 'held' : 'free', ...(at > 0 && { needs: [`step${at - 1}`] }) },
  ]);
  const session = await rig.start({
    concurrency: 3,
    tasks: { ...Object.fromEntries(chain), each: { forEach: [...Array(12).keys()], agent: 'free' } },
  });
  await until('half of the chain is done', () => rig.traces.of('step4', 'started').length === 1);
  await doomed.kill();
  rig.traces.openGate('step4');
  await until('the agent has finished while nobody decides', () => rig.traces.of('step4', 'finished').length === 1);

  await rig.startWorker(['sessions']);
  const names = [...chain.map(([name]) => name), 'each', ...Array.from({ length: 12 }, (_, at) => `each[${at}]`)];
  await expectSound(rig, session, { runs: Object.fromEntries(names.map((name) => [name, 'succeeded'])) });
  expect(rig.traces.all().filter(({ what }) => what === 'started')).toHaveLength(20);
});

it('takes a pause in exactly once that came between the commit of a turn and its marker', async () => {
  const [doomed] = await Promise.all([
    rig.startWorker(['sessions'], { fault: { diesAfterAccepting: 'ended/a/1' } }),
    rig.startWorker(['agents']),
  ]);
  const session = await rig.start({
    tasks: { a: { agent: 'free' }, b: { needs: ['a'], agent: 'held' }, c: { needs: ['b'], agent: 'free' } },
  });
  await doomed.exited;
  const [committed] = await select<{ turn: number; result: unknown }>(rig, session, lastTurn);
  // The pause comes as an update, and its retry as a signal: both before any worker lives.
  const paused = session.pause({ requestId: 'the-pause' });
  const handle = rig.installation.temporal.workflow.getHandle(session.workflowId);
  await handle.signal<[SessionEvent[]]>(sessionMessages.events, [{ id: 'the-pause', type: 'pause-requested' }]);

  await rig.startWorker(['sessions']);
  expect((await paused).status).toBe('paused');
  // The repeated turn started b, as its first commit had decided; what follows waits.
  await until('b runs', () => rig.traces.of('b', 'started').length === 1);
  const [repeated] = await select<{ result: unknown }>(
    rig,
    session,
    `SELECT result FROM turns WHERE workspace = $1 AND session = $2 AND turn = ${committed?.turn}`,
  );
  expect(repeated?.result).toEqual(committed?.result);
  rig.traces.openGate('b');
  await until('b is done', async () => (await succeededIn(session)) === 2);
  expect((await session.overview()).status).toBe('paused');
  expect(rig.traces.of('c', 'started')).toEqual([]);

  await session.resume();
  await expectSound(rig, session, { runs: { a: 'succeeded', b: 'succeeded', c: 'succeeded' } });
  const types = (await select<{ type: string }>(rig, session, pauses)).map(({ type }) => type);
  expect(types).toEqual(['session-paused', 'session-resumed']);
});

const lastTurn = 'SELECT turn, result FROM turns WHERE workspace = $1 AND session = $2 ORDER BY turn DESC LIMIT 1';
const pauses = `
  SELECT type FROM session_events WHERE workspace = $1 AND session = $2 AND type IN ('session-paused', 'session-resumed') ORDER BY seq`;

it('runs attempts again, at no cost of a try, whose worker was shut down', async () => {
  const [leaving] = await Promise.all([rig.startWorker(['agents']), rig.startWorker(['sessions'])]);
  const session = await rig.start({ tasks: { long: { agent: 'held' }, last: { needs: ['long'], agent: 'free' } } });
  await until('the held agent runs', () => rig.traces.of('long', 'started').length === 1);
  await leaving.stop();
  expect(rig.traces.of('long', 'told to stop')).toHaveLength(1);
  expect(rig.traces.living()).toEqual([]);

  await rig.startWorker(['agents']);
  await until('another attempt runs', () => rig.traces.of('long', 'started').length === 2);
  rig.traces.openGate('long');
  await expectSound(rig, session, { runs: { long: 'succeeded', last: 'succeeded' } });
  expect(await select(rig, session, outcomesOfLong)).toEqual([
    { attempt: 1, verdict: 'cancelled', lost: false },
    { attempt: 2, verdict: 'succeeded', lost: false },
  ]);
});
