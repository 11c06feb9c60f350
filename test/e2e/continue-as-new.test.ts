import { randomInt } from 'node:crypto';
import { ServiceError } from '@temporalio/client';
import type { SessionHandle } from '../../src/client/session-handle';
import { sessionMessages } from '../../src/contracts/protocol/session';
import { OrchestraError } from '../../src/domain/errors';
import type { SessionEvent } from '../../src/domain/session/events';
import { CrashRig } from '../helpers/e2e/crash-rig';
import { expectSound, select } from '../helpers/e2e/sound-session';
import { until } from '../helpers/until';

jest.setTimeout(600_000);

/** Each test has a rig of its own, because they run at once: one floods while the other waits for its minute. */
async function onRig(test: (rig: CrashRig) => Promise<void>): Promise<void> {
  // A lease is long enough for a machine that is flooded.
  const environment = { ORCHESTRA_CONTINUE_AFTER_EVENTS: '60', ORCHESTRA_LEASE_MS: '20000' };
  const rig = await CrashRig.open({ environment });
  try {
    await Promise.all([rig.startWorker(['sessions']), rig.startWorker(['agents'])]);
    await test(rig);
  } finally {
    await rig.close();
  }
}

/** Workflow runs of the session that have committed a turn. */
async function countRuns(rig: CrashRig, session: SessionHandle): Promise<number> {
  const rows = await select(rig, session, 'SELECT run_id FROM session_runs WHERE workspace = $1 AND session = $2');
  return rows.length;
}

function signal(rig: CrashRig, session: SessionHandle, ...events: SessionEvent[]): Promise<void> {
  const handle = rig.installation.temporal.workflow.getHandle(session.workflowId);
  return handle.signal<[SessionEvent[]]>(sessionMessages.events, events);
}

const burstLength = 8;

function harmless(id: string): SessionEvent {
  return { id, type: 'time-passed', at: 0 };
}

async function countAccepted(rig: CrashRig, session: SessionHandle, ids: string[]): Promise<number> {
  const quoted = ids.map((id) => `'${id}'`).join(', ');
  const text = `SELECT FROM session_events WHERE workspace = $1 AND session = $2 AND event_id IN (${quoted})`;
  return (await select(rig, session, text)).length;
}

it.concurrent('takes in each of a flood of signals and updates once, over 50 continue-as-news', () =>
  onRig(async (rig) => {
    const wantedRuns = 51;
    const session = await rig.start({
      concurrency: 4,
      tasks: {
        long: { agent: 'held' },
        ...Object.fromEntries(
          Array.from({ length: 40 }, (_, at) => [
            `task${at}`,
            { agent: 'free', ...(at > 3 && { needs: [`task${at - 4}`] }) },
          ]),
        ),
      },
    });
    await until('the held agent runs', () => rig.traces.of('long', 'started').length === 1);

    const sent = new Set<string>();
    let flooding = true;
    // Bursts, because Temporal itself takes no more than 100 signals while a workflow task is under way. Each signal is sent twice, with an
    // older one, and with the news that an attempt is lost which is not.
    const flood = async (client: number): Promise<void> => {
      for (let burst = 0; flooding; burst += 1) {
        const ids = Array.from({ length: burstLength }, (_, at) => `signal/${client}/${burst * burstLength + at}`);
        const lost: SessionEvent = { id: 'lost/long/1', type: 'attempt-lost', run: 'long', attempt: 1 };
        const older = harmless(`signal/${client}/${randomInt(burst * burstLength + 1)}`);
        ids.forEach((id) => sent.add(id));
        await Promise.all(
          ids.flatMap((id) => [signal(rig, session, harmless(id), older, lost), signal(rig, session, harmless(id))]),
        );
        const isTakenIn = async (): Promise<boolean> => (await countAccepted(rig, session, ids)) === burstLength;
        await until('the burst is taken in', isTakenIn);
      }
    };
    const command = async (client: number): Promise<void> => {
      for (let count = 0; flooding; count += 1) {
        const pauseId = `pause-${client}-${count}`;
        const resumeId = `resume-${client}-${count}`;
        sent.add(pauseId).add(resumeId);
        await Promise.all([1, 2].map(() => insist(() => session.pause({ requestId: pauseId }))));
        // Another client may have resumed already: the request is taken in, and refused.
        await insist(() => session.resume({ requestId: resumeId }));
      }
    };
    const clients = [flood(1), flood(2), flood(3), command(1), command(2)];
    const enough = until(`${wantedRuns} runs`, async () => (await countRuns(rig, session)) >= wantedRuns, 400_000);
    await Promise.race([enough, ...clients]).finally(() => (flooding = false));
    await Promise.all(clients);
    await insist(() => session.resume());
    rig.traces.openGate('long');

    const names = ['long', ...Array.from({ length: 40 }, (_, at) => `task${at}`)];
    await expectSound(rig, session, { runs: Object.fromEntries(names.map((name) => [name, 'succeeded'])) });
    const accepted = await select<{ id: string; count: number }>(
      rig,
      session,
      `SELECT event_id AS id, count(*)::int AS count FROM session_events
       WHERE workspace = $1 AND session = $2 AND event_id ~ '^(signal|pause|resume)[/-]' GROUP BY event_id`,
    );
    expect(accepted.filter(({ count }) => count !== 1)).toEqual([]);
    expect(new Set(accepted.map(({ id }) => id))).toEqual(sent);
    expect(rig.traces.all().filter(({ what }) => what === 'started')).toHaveLength(41);
    // A flood does not keep a run from continuing as new.
    expect(await longestRun(rig, session)).toBeLessThan(1_000);
  }),
);

it.concurrent('keeps a task of a minute and a child session over five continue-as-news', () =>
  onRig(async (rig) => {
    const session = await rig.start(
      {
        concurrency: 10,
        tasks: {
          long: { agent: 'slow' },
          child: { plan: './child.plan.yaml' },
          last: { needs: ['long', 'child'], agent: 'free' },
        },
        agents: {
          slow: { connector: 'simulated', latency: '60s', output: 'slow', usage: { tokens: 7, costUsd: 0.25 } },
        },
        outputs: { slow: '${{ tasks.long.output }}', inner: '${{ tasks.child.output.inner }}' },
      },
      {
        'child.plan.yaml': {
          tasks: { inner: { agent: 'held' }, next: { needs: ['inner'], agent: 'free' } },
          outputs: { inner: '${{ tasks.inner.output.attempt }}' },
        },
      },
    );
    await until('the agent of the child runs', () => rig.traces.of('inner', 'started').length === 1);
    await until('the long task runs', async () => (await session.progress())?.running === 2);
    const child = await rig.installation.client.get(`${session.id}.child`);
    for (const [which, handle] of [session, child].entries()) {
      for (let count = 0; (await countRuns(rig, handle)) < 6; count += 1) {
        await signal(rig, handle, { id: `signal/${which}/${count}`, type: 'time-passed', at: 0 });
      }
    }
    rig.traces.openGate('inner');

    const runs = { long: 'succeeded', child: 'succeeded', last: 'succeeded' } as const;
    await expectSound(rig, session, { runs, withinMs: 240_000 });
    await expectSound(rig, child, { runs: { inner: 'succeeded', next: 'succeeded' } });
    expect((await session.overview()).outputs).toEqual({ slow: 'slow', inner: 1 });
    const attempts = await select(
      rig,
      session,
      'SELECT run, attempt FROM leases WHERE workspace = $1 AND session = $2 ORDER BY run',
    );
    expect(attempts).toEqual([
      { run: 'child', attempt: 1 },
      { run: 'last', attempt: 1 },
      { run: 'long', attempt: 1 },
    ]);
  }),
);

/** Repeats a request, of the same id, that met a run about to continue as new once too often. */
async function insist(request: () => Promise<unknown>): Promise<void> {
  await until('the request is taken in', async () => {
    try {
      await request();
      return true;
    } catch (error) {
      if (error instanceof ServiceError) return false;
      if (error instanceof OrchestraError && error.code === 'COMMAND_REFUSED') return true;
      throw error;
    }
  });
}

/** Events of the longest history among the session's runs. */
async function longestRun(rig: CrashRig, session: SessionHandle): Promise<number> {
  const rows = await select<{ runId: string }>(
    rig,
    session,
    'SELECT run_id AS "runId" FROM session_runs WHERE workspace = $1 AND session = $2',
  );
  const { workflow } = rig.installation.temporal;
  const lengths = rows.map(
    async ({ runId }) => (await workflow.getHandle(session.workflowId, runId).describe()).historyLength,
  );
  return Math.max(...(await Promise.all(lengths)));
}
