import type { SessionHandle } from '../../src/client/session-handle';
import { openTestInstallation } from '../helpers/servers/test-installation';
import type { TestInstallation } from '../helpers/servers/test-installation';
import { until } from '../helpers/until';
import { startControlledAgent } from './controlled-agent';
import type { ControlledAgent } from './controlled-agent';

let installation: TestInstallation;
const agents: ControlledAgent[] = [];

beforeAll(async () => {
  installation = await openTestInstallation();
  await installation.startWorkers();
});
afterAll(async () => {
  await Promise.all(agents.map((agent) => agent.close()));
  await installation.close();
});

async function newAgent(): Promise<ControlledAgent> {
  const agent = await startControlledAgent();
  agents.push(agent);
  return agent;
}

/** Activities that the session has scheduled: attempts that were left to agent workers. */
async function dispatched(session: SessionHandle): Promise<number> {
  const { events } = await installation.temporal.workflow.getHandle(session.workflowId).fetchHistory();
  return (events ?? []).filter(({ activityTaskScheduledEventAttributes: scheduled }) => scheduled).length;
}

async function outcomesOf(session: SessionHandle) {
  const { rows } = await installation.pool.query<{ run: string; attempt: number; verdict: string }>(
    'SELECT run, attempt, verdict FROM outcomes WHERE session = $1 ORDER BY run, attempt',
    [session.id],
  );
  return rows.map(({ run, attempt, verdict }) => `${run}/${attempt} ${verdict}`);
}

it('runs a plan of short tasks without a single activity', async () => {
  const session = await installation.start(`
version: 1
name: short
agents:
  quick: { connector: simulated, inline: true, output: { n: 1 } }
tasks:
  first: { agent: quick }
  each: { needs: [first], forEach: [1, 2, 3], agent: quick, maxParallel: 2 }
  skipped: { needs: [first], if: "tasks.first.output.n > 1", agent: quick }
  sum: { needs: [each, skipped], transform: { first: "\${{ tasks.first.output.n }}", all: "\${{ tasks.each.output }}" } }
  judged: { needs: [sum], agent: quick, gate: { check: "tasks.sum.output.first == output.n" } }
outputs: { all: "\${{ tasks.sum.output.all }}", first: "\${{ tasks.sum.output.first }}" }
`);
  expect(await session.result()).toMatchObject({ status: 'succeeded' });
  expect(await dispatched(session)).toBe(0);
  const { outputs, progress } = await session.overview();
  expect(outputs).toEqual({ first: 1, all: [{ n: 1 }, { n: 1 }, { n: 1 }] });
  expect(progress).toMatchObject({ skipped: 1 });
  expect(await outcomesOf(session)).toEqual([
    'each[0]/1 succeeded',
    'each[1]/1 succeeded',
    'each[2]/1 succeeded',
    'first/1 succeeded',
    'judged/1 succeeded',
    'sum/1 succeeded',
  ]);
});

it('begins with the answer to its start, where its worker is on the same connection', async () => {
  const session = await installation.start(
    `{ version: 1, name: eager, agents: { quick: { connector: simulated, inline: true } }, tasks: { only: { agent: quick } } }`,
  );
  expect(await session.result()).toMatchObject({ status: 'succeeded' });
  const { events } = await installation.temporal.workflow.getHandle(session.workflowId).fetchHistory();
  expect(events?.[0]?.workflowExecutionStartedEventAttributes?.eagerExecutionAccepted).toBe(true);
});

it('tries again what fails, stops what it leaves behind, and mixes with tasks of agent workers', async () => {
  const session = await installation.start(`
version: 1
name: mixed
defaults: { retry: { attempts: 2, initialInterval: 1ms } }
agents:
  clumsy: { connector: simulated, inline: true, script: [failed, succeeded], output: done }
  hopeless: { connector: simulated, inline: true, successRate: 0 }
  slow: { connector: simulated }
tasks:
  clumsy: { agent: clumsy }
  elsewhere: { needs: [clumsy], agent: slow }
  hopeless: { needs: [elsewhere], agent: hopeless, onFailure: continue }
  after: { needs: [hopeless], transform: "\${{ tasks.hopeless.status }}" }
outputs: { after: "\${{ tasks.after.output }}" }
`);
  expect(await session.result()).toMatchObject({ status: 'partially_succeeded' });
  expect(await dispatched(session)).toBe(1);
  expect((await session.overview()).outputs).toEqual({ after: 'failed' });
  expect(await outcomesOf(session)).toEqual([
    'after/1 succeeded',
    'clumsy/1 failed',
    'clumsy/2 succeeded',
    'elsewhere/1 succeeded',
    'hopeless/1 failed',
    'hopeless/2 failed',
  ]);
});

it('leaves an attempt to an agent worker that takes longer than a turn may, at no cost of a try', async () => {
  const agent = await newAgent();
  const session = await installation.start(`
version: 1
name: overrun
agents: { service: { connector: http, url: "${agent.url}" } }
tasks: { long: { agent: service, inline: true, retry: { attempts: 1 } } }
`);
  await until('it was given up and came again', () => agent.visits.length === 2);
  const [inline, again] = agent.visits;
  expect(inline?.isStopped).toBe(true);
  expect(again).toMatchObject({ task: 'long', attempt: 1 });
  expect(again?.headers['idempotency-key']).toBe(inline?.headers['idempotency-key']);
  agent.answerAll(0);
  expect(await session.result()).toMatchObject({ status: 'succeeded' });
  expect(await dispatched(session)).toBe(1);
  expect(await outcomesOf(session)).toEqual(['long/1 succeeded']);
});

it('pauses and cancels between steps', async () => {
  const chain = Array.from(
    { length: 400 },
    (_, at) => `  t${at}: { needs: [${at === 0 ? '' : `t${at - 1}`}], agent: quick }`,
  );
  const session = await installation.start(`
version: 1
name: paused
agents: { quick: { connector: simulated, latency: 20ms, inline: true } }
tasks:
${chain.join('\n')}
`);
  await session.pause();
  const { progress } = await session.overview();
  expect(progress.succeeded).toBeLessThan(400);
  expect(progress.running).toBe(0);
  await session.cancel();
  expect(await session.result()).toMatchObject({ status: 'cancelled' });
  expect((await outcomesOf(session)).every((outcome) => outcome.endsWith('succeeded'))).toBe(true);
});

it('counts attempts against budgets and against what an agent does at once', async () => {
  const session = await installation.start(`
version: 1
name: limits
agents: { quick: { connector: simulated, latency: 5ms, inline: true, maxConcurrent: 1, usage: { tokens: 10, costUsd: 0.01 } } }
tasks:
  each: { forEach: [1, 2, 3, 4], agent: quick, budget: { attempts: 3 }, onFailure: continue }
`);
  expect(await session.result()).toMatchObject({ status: 'failed' });
  expect(await outcomesOf(session)).toHaveLength(3);
  const { rows } = await installation.pool.query<{ overlaps: number; spent: number }>(
    `SELECT (SELECT count(*) FROM outcomes AS a JOIN outcomes AS b USING (workspace, session)
             WHERE session = $1 AND a.run < b.run AND a.started_at < b.ended_at AND b.started_at < a.ended_at) AS overlaps,
            (SELECT sum(spent_micros) FROM ledger WHERE session = $1) AS spent`,
    [session.id],
  );
  expect(rows.map(({ overlaps, spent }) => [Number(overlaps), Number(spent)])).toEqual([[0, 30_000]]);
});

it('ends a session that computes more than anybody can hold, and says what was too much', async () => {
  const doubled = Array.from(
    { length: 30 },
    (_, at) => `  t${at + 1}: { needs: [t${at}], transform: "\${{ tasks.t${at}.output }}\${{ tasks.t${at}.output }}" }`,
  );
  const session = await installation.start(
    `version: 1\nname: doubling\ntasks:\n  t0: { transform: ${'x'.repeat(100_000)} }\n${doubled.join('\n')}\n`,
  );
  expect(await session.result()).toMatchObject({ status: 'failed' });
  const failed = (await session.runs()).filter(({ status }) => status === 'failed');
  expect(failed).toMatchObject([{ run: 't8', attempts: 1 }]);
  expect(failed[0]?.error).toContain('What was computed exceeds the limit of 16777216 characters');
});
