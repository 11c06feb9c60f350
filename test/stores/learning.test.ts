import { learnOutcomes } from '../../src/activities/learning/learn-outcomes';
import type { AgentKey } from '../../src/domain/agents/agent';
import { learningsOf } from '../../src/domain/learning/learnings';
import { assign } from '../../src/domain/routing/assign';
import { createAgentDirectory } from '../../src/stores/agent-directory';
import { createAgentRegistry } from '../../src/stores/agents';
import { createFeedbackStore } from '../../src/stores/feedback';
import { createLearningsReader } from '../../src/stores/learnings-reader';
import { createLearningStore } from '../../src/stores/learning';
import { createPool } from '../../src/stores/pool';
import { definitionOf } from '../helpers/agent-definitions';
import { until } from '../helpers/until';
import { learnAll } from './learn-all';
import { learningOn } from './learning-client';
import { recordOutcome } from './registered-agents';
import { ended, started } from './session-driver';
import { justNow, settlement } from './settlements';
import { openTestStores } from './test-stores';
import type { TestStores } from './test-stores';

let stores: TestStores;
let agents = 0;

beforeEach(async () => (stores = await openTestStores()));
afterEach(() => stores.close());

async function register(parts: Parameters<typeof definitionOf>[1] = {}, workspace = 'default'): Promise<AgentKey> {
  const name = `agent-${(agents += 1)}`;
  await createAgentRegistry(stores.pool).add(workspace, [definitionOf(name, parts)]);
  return { workspace, name };
}

interface Learnt {
  capability: string;
  task_type: string;
  succeeded: number;
  failed: number;
  total: number;
}

async function learntOf(agent: AgentKey, workspace = 'default'): Promise<Learnt[]> {
  const { rows } = await stores.pool.query<Learnt>(
    `SELECT capability, task_type, round(succeeded::numeric, 1)::float8 AS succeeded, round(failed::numeric, 1)::float8 AS failed,
            total_succeeded + total_failed AS total
     FROM learned_records WHERE workspace = $1 AND agent_workspace = $2 AND agent = $3 ORDER BY capability, task_type`,
    [workspace, agent.workspace, agent.name],
  );
  return rows;
}

/** Has the session's task done by the agent that routing finds; returns its id. */
async function work(plan: string, verdict: 'succeeded' | 'failed' = 'succeeded', workspace = 'default') {
  const session = await stores.addSession(plan, { workspace });
  const { attempts } = await session.take(started);
  for (const attempt of attempts) {
    await stores.attempts.begin(attempt, 'worker');
    await stores.attempts.settle(settlement(attempt, { ...justNow(), verdict }));
    await session.take(ended(attempt.run, attempt.attempt, verdict));
  }
  return session.id;
}

const noWishes = { technologies: [], tags: [], prefer: [], avoid: [], sameAs: [], exclude: [] };

const planFor = (capability: string, type?: string): string => `version: 1
name: p
defaults: { retry: { attempts: 1 } }
tasks:
  fix: { agent: { capability: ${capability} }${type === undefined ? '' : `, type: ${type}`} }
`;

it('learns each outcome once: of the agent, its capability, and the type of the task', async () => {
  const agent = await register({ capabilities: [{ name: 'code', proficiency: 1, technologies: [] }] });
  await work(planFor('code'));
  await work(planFor('code', 'bug-fix'), 'failed');
  expect(await learnAll(stores)).toBe(2);
  expect(await learnAll(stores)).toBe(0);
  expect(await learntOf(agent)).toEqual([
    { capability: '', task_type: '', succeeded: 1, failed: 1, total: 2 },
    { capability: 'code', task_type: '', succeeded: 1, failed: 1, total: 2 },
    { capability: 'code', task_type: 'bug-fix', succeeded: 0, failed: 1, total: 1 },
    { capability: 'code', task_type: 'fix', succeeded: 1, failed: 0, total: 1 },
  ]);
});

it('takes successes for what their gates measured, and says how good they were', async () => {
  const agent = await register({ capabilities: [{ name: 'measured', proficiency: 1, technologies: [] }] });
  for (const quality of [0.5, 0.7]) {
    const session = await stores.addSession(planFor('measured'));
    const { attempts } = await session.take(started);
    for (const attempt of attempts) {
      await stores.attempts.begin(attempt, 'worker');
      await stores.attempts.settle(settlement(attempt, { ...justNow(), quality }));
    }
  }
  await learnAll(stores);
  expect((await learntOf(agent))[0]).toMatchObject({ succeeded: 1.2, failed: 0.8 });
  const cells = await createLearningsReader(stores.pool, Date.now).known('default', { agent, technologies: [] });
  const scope = { capability: null, taskType: null };
  expect(learningsOf(scope, cells).agents[0]?.quality).toBeCloseTo(0.6);
});

it('says how often agents succeed as routing believes it: after others of their type, and what else they did', async () => {
  const ofType = { type: 'poet', capabilities: [{ name: 'verse', proficiency: 1, technologies: [] }] };
  const known = await register(ofType);
  for (let n = 0; n < 5; n++) await work(planFor('verse', 'ode'));
  await work(planFor('verse', 'ode'), 'failed');
  await work(planFor('verse', 'sonnet'));
  const fresh = await register(ofType);
  await recordOutcome(stores.pool, fresh, 'succeeded', { capability: 'verse' });
  await learnAll(stores);
  const directory = await createAgentDirectory(stores.pool).roster();
  for (const asked of [{}, { taskType: 'ode' }]) {
    const activity = { capability: 'verse', ...asked };
    const { agents: told } = await learningOn(stores.pool).query({ ...activity, technologies: [] });
    expect(told.length).toBeGreaterThan(0);
    for (const { agent, successRate } of told) {
      const [one] = assign(directory, [
        { workspace: 'default', requirement: { ...noWishes, names: [agent.name], ...activity } },
      ]);
      expect(one).toMatchObject({ agent, parts: { successRate: expect.closeTo(successRate, 9) } });
    }
    expect(told.map(({ agent }) => agent)).toContainEqual(known);
  }
});

it('learns nothing of an agent from attempts that say nothing of it', async () => {
  const agent = await register();
  await recordOutcome(stores.pool, agent, 'cancelled');
  await recordOutcome(stores.pool, agent, 'rate_limited');
  expect(await learnAll(stores)).toBe(0);
  expect(await learntOf(agent)).toEqual([]);
});

it('says what is to be expected of an agent in the tasks that it has done, as routing predicts it', async () => {
  const agent = await register({ capabilities: [{ name: 'foreseen', proficiency: 1, technologies: [] }] });
  for (const verdict of ['succeeded', 'succeeded', 'failed', 'succeeded'] as const)
    await work(planFor('foreseen', 'bug-fix'), verdict);
  await work(planFor('foreseen', 'seldom'));
  await learnAll(stores);
  const learning = learningOn(stores.pool);
  const [often, seldom] = await learning.expected(agent);
  expect(often).toMatchObject({
    capability: 'foreseen',
    taskType: 'bug-fix',
    success: { outcomes: expect.closeTo(5, 0) },
  });
  expect(often?.success?.probability).toBeGreaterThan(0.6);
  expect(often?.success?.probability).toBeLessThan(seldom?.success?.probability ?? 0);
  expect(often?.durationMs?.basis).toBe('same-task-and-agent');
  expect(often?.costUsd).toMatchObject({ p50: 0.25, basis: 'same-task-and-agent' });
  const asked = { agent, capability: 'foreseen', complexity: 'high' as const, technologies: [] };
  expect((await learning.query(asked)).scope).toMatchObject({ complexity: 'high' });
});

it('tells routing what was learnt', async () => {
  const agent = await register();
  const directory = createAgentDirectory(stores.pool);
  await directory.roster();
  await recordOutcome(stores.pool, agent, 'succeeded');
  const heard: string[] = [];
  const client = await stores.pool.connect();
  client.on('notification', ({ payload }) => void heard.push(payload ?? ''));
  await client.query('LISTEN orchestra_learnt');
  await learnAll(stores);
  await client.query('SELECT 1');
  client.release(true);
  expect(heard.map((payload) => JSON.parse(payload) as unknown)).toEqual([[agent.workspace, agent.name]]);
  directory.recordChanged(agent);
  expect((await directory.roster()).entry(agent)?.profile.record.succeeded).toBe(1);
});

it('keeps what sessions of a workspace taught in that workspace', async () => {
  const agent = await register(
    { shared: true, capabilities: [{ name: 'lent', proficiency: 1, technologies: [] }] },
    'lender',
  );
  await work(planFor('lent'), 'succeeded', 'borrower');
  await learnAll(stores);
  expect(await learntOf(agent, 'borrower')).toHaveLength(3);
  expect(await learntOf(agent, 'lender')).toEqual([]);
});

it('is uncertain again of an agent that has done nothing for long', async () => {
  const agent = await register();
  for (let n = 0; n < 8; n++) await recordOutcome(stores.pool, agent, 'failed');
  await learnAll(stores);
  const failedOf = async (): Promise<(number | undefined)[]> => {
    const { profile } = (await createAgentDirectory(stores.pool).roster()).entry(agent) ?? {};
    const cells = await createLearningsReader(stores.pool, Date.now).cells('default', { agent, technologies: [] });
    return [profile?.record.failed, cells[0]?.record.failed];
  };
  const [before = 0] = await failedOf();
  // 30 days are half of the weight.
  await stores.pool.query(`UPDATE learned_records SET as_of = as_of - interval '60 days'`);
  expect(await failedOf()).toEqual([expect.closeTo(before / 4, 1), expect.closeTo(before / 4, 1)]);
});

it('takes an agent for as good at a capability as its outcomes show, step by step', async () => {
  const agent = await register({ capabilities: [{ name: 'claimed', proficiency: 1, technologies: ['rust'] }] });
  const reader = createLearningsReader(stores.pool, Date.now);
  const proficiency = async (): Promise<number | undefined> => {
    const directory = createAgentDirectory(stores.pool);
    return (await directory.roster()).entry(agent)?.profile.capabilities[0]?.proficiency;
  };
  for (const verdict of ['failed', 'failed', 'succeeded'] as const) {
    await work(planFor('claimed'), verdict);
    await learnAll(stores);
  }
  const steps = await reader.steps('default', agent);
  expect(steps).toMatchObject([
    { capability: 'claimed', from: 0.91, to: expect.closeTo(0.83, 1) },
    { capability: 'claimed', from: 1, to: 0.91 },
  ]);
  expect(await proficiency()).toBe(steps[0]?.to);
  await createLearningStore(stores.pool).forget('default', agent);
  expect(await proficiency()).toBe(1);
});

it('corrects what it learnt by what people say, however late', async () => {
  const agent = await register({ capabilities: [{ name: 'feedback', proficiency: 1, technologies: [] }] });
  const [first] = [await work(planFor('feedback')), await work(planFor('feedback'))];
  await learnAll(stores);
  const feedback = createFeedbackStore(stores.pool);
  await feedback.add({ workspace: 'default', session: first, run: 'fix' }, { rating: 3 });
  await feedback.add(
    { workspace: 'default', session: first, run: 'fix' },
    { useful: false, modifications: 'all\0of it' },
  );
  // Not learnt yet when the others are learnt anew.
  await work(planFor('feedback'), 'failed');
  await learnAll(stores);
  const [ofAgent] = await learntOf(agent);
  expect(ofAgent).toEqual({ capability: '', task_type: '', succeeded: 1, failed: 2, total: 3 });
});

it('learns anew what somebody is saying while the agent is taken to be learnt anew', async () => {
  const agent = await register();
  await recordOutcome(stores.pool, agent, 'succeeded');
  await learnAll(stores);
  const feedback = createFeedbackStore(stores.pool);
  const attempt = { workspace: 'default', session: 'test', run: 'task' };
  await feedback.add(attempt, { useful: true });
  // Keeps what is said next from being committed, by holding what it writes last.
  const holder = await stores.pool.connect();
  await holder.query('BEGIN');
  await holder.query(`SELECT FROM insight_minings WHERE workspace = 'default' FOR UPDATE`);
  const said = feedback.add(attempt, { useful: false });
  await untilWaiting(1);
  const learning = learnAll(stores);
  await Promise.race([learning, untilWaiting(2)]);
  await holder.query('COMMIT');
  holder.release();
  await Promise.all([said, learning]);
  await learnAll(stores);
  expect((await learntOf(agent))[0]).toMatchObject({ succeeded: 0, failed: 1, total: 1 });
});

/** Resolves when so many transactions wait for others. */
function untilWaiting(count: number): Promise<void> {
  return until(`${count} transactions wait`, async () => {
    const { rows } = await stores.pool.query(
      `SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
    );
    return rows.length === count;
  });
}

it('refuses feedback on an attempt that has not ended', async () => {
  const feedback = createFeedbackStore(stores.pool);
  const none = { workspace: 'default', session: 'none', run: 'fix' };
  for (const [attempt, words] of [
    [2, /^No attempt 2 of "fix" in session "none" has ended/],
    [undefined, /^No attempt of "fix" in session "none" has ended/],
  ] as const) {
    await expect(
      feedback.add({ ...none, ...(attempt !== undefined && { attempt }) }, { useful: true }),
    ).rejects.toMatchObject({ code: 'ATTEMPT_NOT_FOUND', message: expect.stringMatching(words) as string });
  }
});

it('forgets an agent, and does not learn anew what it has forgotten', async () => {
  const agent = await register({ capabilities: [{ name: 'forgotten', proficiency: 1, technologies: [] }] });
  const session = await work(planFor('forgotten'));
  await learnAll(stores);
  await work(planFor('forgotten'));
  await createLearningStore(stores.pool).forget('default', agent);
  expect(await learntOf(agent)).toEqual([]);
  await createFeedbackStore(stores.pool).add({ workspace: 'default', session, run: 'fix' }, { useful: false });
  await learnAll(stores);
  expect(await learntOf(agent)).toEqual([]);
  await work(planFor('forgotten'));
  await learnAll(stores);
  expect((await learntOf(agent))[0]?.total).toBe(1);
});

it('counts every outcome once, with several workers that are broken off at any moment', async () => {
  const agent = await register();
  const pool = createPool(stores.databaseUrl, { maxConnections: 5, onError: () => undefined });
  const outcomes = 400;
  let isOver = false;
  const write = async (): Promise<void> => {
    for (let n = 0; n < outcomes / 4; n++)
      await recordOutcome(stores.pool, agent, n % 4 === 0 ? 'failed' : 'succeeded');
  };
  const learnOn = async (): Promise<void> => {
    const dependencies = { plans: stores.plans, heartbeat: () => undefined, now: () => Infinity };
    const learning = createLearningStore(pool);
    while (!isOver) {
      await learnOutcomes({
        ...dependencies,
        learning: { ...learning, learnBatch: (_, learn) => learning.learnBatch(7, learn) },
      }).catch(() => undefined);
    }
  };
  const breakOff = async (): Promise<void> => {
    while (!isOver) {
      await stores.pool.query(
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
         WHERE datname = current_database() AND query LIKE '%learned_records%' AND pid <> pg_backend_pid() AND random() < 0.3`,
      );
    }
  };
  const workers = [learnOn(), learnOn(), learnOn(), breakOff()];
  await Promise.all([write(), write(), write(), write()]);
  isOver = true;
  await Promise.all(workers);
  await pool.end();
  await learnAll(stores);
  expect((await learntOf(agent)).map(({ total }) => total)).toEqual([outcomes, outcomes]);
});
