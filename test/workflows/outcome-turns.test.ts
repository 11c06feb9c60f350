import type { SessionHandle } from '../../src/client/session-handle';
import { createRandom } from '../../src/domain/random';
import { openTestInstallation } from '../helpers/servers/test-installation';
import type { TestInstallation } from '../helpers/servers/test-installation';

const seed = process.env['OUTCOME_SEED'] ?? String(Date.now() % 2 ** 31);
process.stderr.write(`random requests: OUTCOME_SEED=${seed}\n`);

let installation: TestInstallation;

beforeAll(async () => {
  installation = await openTestInstallation();
  await installation.startWorkers();
});
afterAll(() => installation.close());

/** Turns that the workflow has asked for. */
async function askedFor(session: SessionHandle): Promise<number> {
  const { events } = await installation.temporal.workflow.getHandle(session.workflowId).fetchHistory();
  return (events ?? []).filter(
    ({ markerRecordedEventAttributes: marker }) => marker?.markerName === 'core_local_activity',
  ).length;
}

async function rowsOf(session: SessionHandle, text: string) {
  return (await installation.pool.query<Record<string, unknown>>(text, [session.id])).rows;
}

it('asks for no turn where one attempt runs at a time: the start brings the first, and each attempt the next', async () => {
  const session = await installation.start(`
version: 1
name: chain
agents: { own: { connector: simulated, latency: 1ms, output: { n: 1 } } }
tasks:
  a: { agent: own }
  b: { needs: [a], agent: own, if: "tasks.a.output.n == 1" }
  c: { needs: [b], agent: own, if: "tasks.b.output.n == 2" }
  d: { needs: [b], agent: own, input: "\${{ tasks.b.output.n }}" }
outputs: { n: "\${{ tasks.d.output.n }}" }
`);
  expect(await session.result()).toMatchObject({ status: 'succeeded', progress: { succeeded: 3, skipped: 1 } });
  expect((await session.overview()).outputs).toEqual({ n: 1 });
  expect(await askedFor(session)).toBe(0);
  expect(await rowsOf(session, 'SELECT turn FROM turns WHERE session = $1 ORDER BY turn')).toEqual(
    [1, 2, 3, 4].map((turn) => ({ turn })),
  );
});

it('asks for the turns of attempts that run beside others', async () => {
  const session = await installation.start(`
version: 1
name: two
agents: { own: { connector: simulated, latency: 1ms } }
tasks:
  a: { forEach: [1, 2, 3, 4], agent: own }
  b: { needs: [a], agent: own }
`);
  expect((await session.result()).status).toBe('succeeded');
  expect(await askedFor(session)).toBeGreaterThan(0);
});

it('runs short tasks ahead in the turn that an attempt brings', async () => {
  const session = await installation.start(`
version: 1
name: mixed
agents:
  slow: { connector: simulated, latency: 1ms, output: { n: 2 } }
  quick: { connector: simulated, inline: true, output: { n: 3 } }
tasks:
  a: { agent: slow }
  b: { needs: [a], agent: quick }
  c: { needs: [b], forEach: [1, 2, 3], agent: quick }
  d: { needs: [c], agent: slow }
  e: { needs: [d], agent: quick }
`);
  expect(await session.result()).toMatchObject({ status: 'succeeded', progress: { succeeded: 5 } });
  const { events } = await installation.temporal.workflow.getHandle(session.workflowId).fetchHistory();
  expect((events ?? []).filter(({ activityTaskScheduledEventAttributes: one }) => one)).toHaveLength(2);
  expect(await askedFor(session)).toBe(1);
});

it('tries again after failures, waits in between, and has each attempt in the log once', async () => {
  const session = await installation.start(`
version: 1
name: failing
defaults: { retry: { attempts: 3, initialInterval: 20ms } }
agents: { flaky: { connector: simulated, latency: 1ms, successRate: 0 }, own: { connector: simulated } }
tasks:
  a: { agent: flaky, onFailure: continue }
  b: { agent: own }
`);
  expect(await session.result()).toMatchObject({ status: 'partially_succeeded' });
  expect(
    await rowsOf(
      session,
      `SELECT run, attempt, count(*)::int AS times FROM session_events WHERE session = $1 AND type = 'attempt-ended' GROUP BY run, attempt ORDER BY run, attempt`,
    ),
  ).toEqual([
    { run: 'a', attempt: 1, times: 1 },
    { run: 'a', attempt: 2, times: 1 },
    { run: 'a', attempt: 3, times: 1 },
    { run: 'b', attempt: 1, times: 1 },
  ]);
});

it('takes in every request that comes while attempts bring their turns', async () => {
  const random = createRandom(seed);
  const names = Array.from({ length: 15 }, (_, at) => `t${at}`);
  const chain = names.map((name, at) => `  ${name}: { agent: own${at > 0 ? `, needs: [t${at - 1}]` : ''} }`);
  const plan = `version: 1\nname: busy\nagents: { own: { connector: simulated, latency: 5ms } }\ntasks:\n${chain.join('\n')}\n`;
  const sessions = await Promise.all([1, 2, 3, 4].map(() => installation.start(plan)));
  const asked = sessions.map(() => 0);
  const bother = async (session: SessionHandle, at: number): Promise<void> => {
    while ((await session.overview()).endedAt === null) {
      const now = random() < 0.3;
      await session.pause({ ...(now && { now }) });
      asked[at] = (asked[at] ?? 0) + 1;
      await session.resume();
    }
  };
  await Promise.all(sessions.map((session, at) => bother(session, at).catch(whenItHasEnded)));
  for (const [at, session] of sessions.entries()) {
    expect(await session.result()).toMatchObject({ status: 'succeeded', progress: { succeeded: 15 } });
    expect(asked[at]).toBeGreaterThan(0);
    const twice = await rowsOf(
      session,
      `SELECT event_id FROM session_events WHERE session = $1 AND event_id IS NOT NULL GROUP BY event_id HAVING count(*) > 1`,
    );
    expect(twice).toEqual([]);
    expect(
      await rowsOf(
        session,
        `SELECT run FROM outcomes WHERE session = $1 AND (accepted_turn IS NULL OR undeliverable)
         UNION ALL SELECT run FROM leases WHERE session = $1 AND released_at IS NULL`,
      ),
    ).toEqual([]);
    expect(
      await rowsOf(session, `SELECT run FROM outcomes WHERE session = $1 AND verdict = 'succeeded' ORDER BY run`),
    ).toHaveLength(15);
  }
});

/** A request that came too late. */
function whenItHasEnded(error: unknown): void {
  if (!/has ended|is not paused|already|completed|not found/i.test(String(error))) throw error;
}
