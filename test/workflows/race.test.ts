import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { recompute } from '../../src/domain/routing/build-assignment';
import { definitionOf } from '../helpers/agent-definitions';
import { openTestInstallation } from '../helpers/servers/test-installation';
import type { TestInstallation } from '../helpers/servers/test-installation';
import { until } from '../helpers/until';
import { startControlledAgent } from './controlled-agent';
import type { ControlledAgent } from './controlled-agent';

let installation: TestInstallation;
let agent: ControlledAgent;
let folder: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'race-'));
  [installation, agent] = await Promise.all([openTestInstallation(), startControlledAgent()]);
  await installation.startWorkers();
});
afterAll(async () => {
  await agent.close();
  await installation.close();
  rmSync(folder, { recursive: true, force: true });
});

type Session = Awaited<ReturnType<TestInstallation['start']>>;

const runs = async (session: Session) =>
  (await session.runs()).map(({ run, status, reason, agent: by }) => ({ run, status, reason, by }));

const statusOf = async (session: Session, run: string): Promise<string | undefined> =>
  (await session.runs()).find((one) => one.run === run)?.status;

/** What of the session's leases and reservations is left, and how often each was settled or given back. */
const leftOf = async (session: Session) => {
  const { rows: leases } = await installation.pool.query(
    'SELECT run FROM leases WHERE session = $1 AND released_at IS NULL',
    [session.id],
  );
  const { rows: ends } = await installation.pool.query<{ run: string; ends: number }>(
    `SELECT run, count(*)::int AS ends FROM ledger WHERE session = $1 AND entry <> 'reserved' GROUP BY run, attempt HAVING count(*) <> 1`,
    [session.id],
  );
  const { rows: sums } = await installation.pool.query<{ reserved: number }>(
    'SELECT coalesce(sum(reserved_attempts), 0)::int AS reserved FROM ledger WHERE session = $1',
    [session.id],
  );
  return { leases, ends, reserved: sums[0]?.reserved };
};
const nothingLeft = { leases: [], ends: [], reserved: 0 };

const plan = (tasks: string, more = ''): string => `
version: 1
name: race
defaults: { retry: { attempts: 1 } }
budget: { attempts: 50 }
agents:
  quick: { connector: simulated, latency: 50ms, output: { by: quick }, capabilities: [write], cost: { perAttemptUsd: 1 } }
  slow: { connector: simulated, latency: 10m, output: { by: slow }, capabilities: [write], cost: { perAttemptUsd: 1 } }
  slower: { connector: simulated, latency: 20m, output: { by: slower }, capabilities: [write], cost: { perAttemptUsd: 1 } }
  broken: { connector: simulated, latency: 1ms, script: [failed], capabilities: [write, break, follow] }
  useless: { connector: simulated, latency: 1ms, script: [failed], capabilities: [break] }
  held: { connector: http, url: '${agent.url}', capabilities: [follow] }
  reviewer: { connector: simulated, latency: 1ms, output: { ok: true } }
tasks:
${tasks}
${more}`;

it('is won by the fastest; the others are stopped within seconds, and give back what they had, once', async () => {
  const session = await installation.start(
    plan(
      '  draft: { agent: { capability: write, race: 3, exclude: [broken] } }\n  review: { needs: [draft], agent: reviewer, if: "tasks.draft.output.by == \'quick\'" }',
      'outputs: { by: "${{ tasks.draft.output.by }}" }',
    ),
  );
  expect(await session.result()).toMatchObject({ status: 'succeeded', outputs: { by: 'quick' } });
  expect(await runs(session)).toEqual([
    { run: 'draft', status: 'succeeded', reason: null, by: 'quick' },
    { run: 'draft[0]', status: 'succeeded', reason: null, by: 'quick' },
    { run: 'draft[1]', status: 'cancelled', reason: 'race-lost', by: 'slow' },
    { run: 'draft[2]', status: 'cancelled', reason: 'race-lost', by: 'slower' },
    { run: 'review', status: 'succeeded', reason: null, by: 'reviewer' },
  ]);
  expect(await leftOf(session)).toEqual(nothingLeft);
});

it('lets what needs it go on while others are still being stopped, and ends the session after them', async () => {
  const [ready, released] = [join(folder, 'ready'), join(folder, 'released')];
  // It ends when it is let go; the orchestrator waits 5 s for that.
  const stubborn = [
    `process.on('SIGTERM', () => setInterval(() => fs.existsSync('${released}') && process.exit(0), 20))`,
    `fs.writeFileSync('${ready}', '')`,
    'setTimeout(() => {}, 600000)',
  ].join('; ');
  const session = await installation.start(`
version: 1
name: race
agents:
  quick: { connector: http, url: '${agent.url}', capabilities: [write] }
  stubborn: { connector: command, capabilities: [write], stdin: none, output: text, command: [node, -e, "${stubborn}"] }
  reviewer: { connector: simulated, latency: 1ms }
tasks:
  draft: { agent: { capability: write, race: 2 } }
  review: { needs: [draft], agent: reviewer }
`);
  await until('both race', () => existsSync(ready));
  await agent.answer('draft[0]', { session: session.id, output: 'mine' });
  await until('the review is done', async () => (await statusOf(session, 'review')) === 'succeeded');
  expect((await session.overview()).endedAt).toBeNull();
  expect(await session.progress()).toMatchObject({ status: 'running', succeeded: 2, percent: 99.9 });
  writeFileSync(released, '');
  await until('the session has ended', async () => (await session.overview()).status === 'succeeded');
  expect(await statusOf(session, 'draft[1]')).toBe('cancelled');
});

it('goes on without one that fails, and has failed when all have; a retry runs them again', async () => {
  const onward = await installation.start(
    plan('  draft: { agent: { capability: follow, race: 2, prefer: [broken] } }'),
  );
  await until('one has failed', async () => (await statusOf(onward, 'draft[0]')) === 'failed');
  await agent.answer('draft[1]', { session: onward.id });
  expect(await onward.result()).toMatchObject({ status: 'succeeded' });
  expect(await statusOf(onward, 'draft[0]')).toBe('failed');

  const failing = await installation.start(plan('  draft: { agent: { capability: break, race: 2 } }'));
  expect(await failing.result()).toMatchObject({ status: 'failed' });
  expect((await failing.runs())[0]).toMatchObject({
    status: 'failed',
    reason: 'racers',
    error: '2 of 2 racers failed.',
  });
  await failing.retry();
  await until('both have tried again', async () => {
    const [draft, ...racers] = await failing.runs();
    return draft?.status === 'failed' && racers.every(({ attempts }) => attempts === 2);
  });
  await until('the session has ended again', async () => (await failing.overview()).endedAt !== null);
  expect(await leftOf(failing)).toEqual(nothingLeft);
});

it('goes on with fewer racers where there are not enough agents', async () => {
  const session = await installation.start(
    plan('  draft: { agent: { capability: write, race: 5, prefer: [broken] } }'),
  );
  expect(await session.result()).toMatchObject({ status: 'succeeded' });
  expect(await runs(session)).toContainEqual({
    run: 'draft[4]',
    status: 'skipped',
    reason: 'no-other-agent',
    by: null,
  });
});

const register = (name: string, capability: string, maxConcurrent = 1): Promise<void> =>
  installation.agents.add('default', [
    definitionOf(name, {
      connector: { connector: 'http', url: agent.url, headers: {} },
      capabilities: [{ name: capability, proficiency: 1, technologies: [] }],
      maxConcurrent,
    }),
  ]);

const places = async (capability: string): Promise<number[]> => {
  const { rows } = await installation.pool.query<{ running: number }>(
    'SELECT running FROM agent_room WHERE agent LIKE $1 ORDER BY agent',
    [`${capability}-%`],
  );
  return rows.map(({ running }) => running);
};

const registryPlan = (capability: string, race: number): string =>
  `version: 1\nname: p\nbudget: { attempts: 50 }\ntasks: { draft: { agent: { capability: ${capability}, race: ${race} } } }\n`;

it('is run by different agents of the registry, although one has room for all; each choice says so and can be worked out again', async () => {
  await register('carve-a', 'carve', 5);
  await register('carve-b', 'carve', 5);
  await register('carve-c', 'carve', 5);
  const session = await installation.start(registryPlan('carve', 3));
  await Promise.all([0, 1, 2].map((racer) => agent.arrival(`draft[${racer}]`, 1, session.id)));
  expect(await places('carve')).toEqual([1, 1, 1]);
  const stored = await installation.routing.assignments('default', session.id, 'draft');
  expect(stored.map(({ assignment }) => assignment.inputs.requirement.exclude.length).sort()).toEqual([0, 1, 2]);
  for (const { assignment } of stored) expect(recompute(assignment)).toEqual(assignment);
  await agent.answer('draft[2]', { session: session.id, output: 'first' });
  expect(await session.result()).toMatchObject({ status: 'succeeded' });
  expect(await places('carve')).toEqual([0, 0, 0]);
  expect(await leftOf(session)).toEqual(nothingLeft);
  const visits = agent.visits.filter((visit) => visit.session === session.id && visit.task !== 'draft[2]');
  expect(visits.map(({ isStopped }) => isStopped)).toEqual([true, true]);
});

it('waits for agents that are busy, and withdraws who waits when it is won', async () => {
  await register('weld-a', 'weld');
  await register('weld-b', 'weld');
  const busy = await installation.start(registryPlan('weld', 2));
  await Promise.all(['draft[0]', 'draft[1]'].map((run) => agent.arrival(run, 1, busy.id)));
  const waiting = await installation.start(registryPlan('weld', 2));
  await until('both wait', async () => (await installation.routing.line('default', 10)).length === 2);
  await agent.answer('draft[0]', { session: busy.id, status: 400 });
  await until('one has its agent', async () =>
    (await runs(waiting)).some(({ status, run }) => run !== 'draft' && status === 'running'),
  );
  const [going] = (await runs(waiting)).filter(({ run, status }) => run !== 'draft' && status === 'running');
  await agent.answer(going?.run ?? '', { session: waiting.id });
  expect(await waiting.result()).toMatchObject({ status: 'succeeded' });
  expect((await runs(waiting)).filter(({ reason }) => reason === 'race-lost')).toMatchObject([
    { status: 'skipped', by: null },
  ]);
  expect(await installation.routing.line('default', 10)).toEqual([]);
  await agent.answer('draft[1]', { session: busy.id });
  expect(await busy.result()).toMatchObject({ status: 'succeeded' });
  expect(await places('weld')).toEqual([0, 0]);
  expect(await leftOf(waiting)).toEqual(nothingLeft);
});

it('does not wait for an agent that is not there', async () => {
  await register('etch-a', 'etch', 3);
  const session = await installation.start(registryPlan('etch', 2));
  await agent.arrival('draft[0]', 1, session.id);
  expect(await statusOf(session, 'draft[1]')).toBe('skipped');
  await agent.answer('draft[0]', { session: session.id, status: 400 });
  expect(await session.result()).toMatchObject({ status: 'failed' });
});

it('that is cancelled stops all its racers', async () => {
  const session = await installation.start(
    plan('  draft: { agent: { capability: write, race: 2, prefer: [slow, slower] } }'),
  );
  await until('both race', async () => (await statusOf(session, 'draft[1]')) === 'running');
  await session.cancel();
  expect(await session.result()).toMatchObject({ status: 'cancelled' });
  expect(await statusOf(session, 'draft')).toBe('cancelled');
  expect(await leftOf(session)).toEqual(nothingLeft);
});
