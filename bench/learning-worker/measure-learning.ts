import { learnOutcomes } from '../../src/activities/learning/learn-outcomes';
import { Learning } from '../../src/client/learning';
import { readPlan, requirePlan } from '../../src/contracts/schemas/read-plan';
import type { LocalInstallation } from '../../src/main/local';
import { planDocuments } from '../../src/main/prepare-plan';
import { createPool } from '../../src/stores/pool';
import { createFeedbackStore } from '../../src/stores/feedback';
import { createOutcomeReportStore } from '../../src/stores/outcome-reports';
import { createInsightCatalog } from '../../src/stores/insights';
import { createExampleReader } from '../../src/stores/past-examples';
import { createLearningStore } from '../../src/stores/learning';
import { createLearningsReader } from '../../src/stores/learnings-reader';
import { summarize } from '../statistics';
import type { Summary } from '../statistics';

export interface LearningRun {
  outcomes: number;
  agents: number;
  learntPerSecond: number;
  /** Of this process, the largest of each. */
  memoryMiB: { inTheFirstTenth: number; inTheLastTenth: number };
  queryMs: Summary;
  cachedQueryMs: Summary;
  /** Attempts like one to come. */
  examplesMs: Summary;
  /** One row by its key. */
  referenceMs: Summary;
  meetsTarget: boolean;
}

export const learningTargets = { queryMs: 10, cachedQueryMs: 1, examplesMs: 10 } as const;

const workspace = 'bench-learning';
const agents = 1_000;
const capabilities = 5;
const sessions = 2_000;
const otherTasks = 5_000;
const repetitions = 101;

/** Outcomes of many agents, learnt as a learning worker does, and what is asked of them then. */
export async function measureLearning(installation: LocalInstallation, outcomes: number): Promise<LearningRun> {
  // It fills the tables as their owner.
  const pool = createPool(installation.addresses.databaseUrl, { asWhoConnects: true });
  try {
    return await measureIn({ ...installation, pool }, outcomes);
  } finally {
    await pool.end();
  }
}

async function measureIn(installation: LocalInstallation, outcomes: number): Promise<LearningRun> {
  const { pool, plans } = installation;
  await fill(installation, outcomes);
  const learning = createLearningStore(pool);
  const memory: number[] = [];
  const start = performance.now();
  let learnt = 0;
  for (let more = true; more;) {
    const round = await learnOutcomes({
      learning,
      plans,
      heartbeat: () => void memory.push(process.memoryUsage().rss / 2 ** 20),
      now: Date.now,
    });
    learnt += round.learnt;
    more = round.more;
  }
  const tookMs = performance.now() - start;
  if (learnt !== outcomes) throw new Error(`${learnt} of ${outcomes} outcomes were learnt`);
  const tenth = Math.ceil(memory.length / 10);
  const queries = await measureQueries(installation);
  return {
    outcomes,
    agents,
    learntPerSecond: Math.round(learnt / (tookMs / 1_000)),
    memoryMiB: {
      inTheFirstTenth: Math.round(Math.max(...memory.slice(0, tenth))),
      inTheLastTenth: Math.round(Math.max(...memory.slice(-tenth))),
    },
    ...queries,
    meetsTarget:
      queries.queryMs.median <= learningTargets.queryMs &&
      queries.cachedQueryMs.median <= learningTargets.cachedQueryMs &&
      queries.examplesMs.median <= learningTargets.examplesMs,
  };
}

async function measureQueries({ pool }: LocalInstallation) {
  const clientOf = (): Learning =>
    new Learning({
      learnings: createLearningsReader(pool, Date.now),
      learning: createLearningStore(pool),
      feedback: createFeedbackStore(pool),
      reports: createOutcomeReportStore(pool),
      insights: createInsightCatalog(pool),
      workspace,
    });
  const query = (client: Learning, at: number): Promise<unknown> =>
    client.query({ capability: `skill-${at % capabilities}`, taskType: `type-${at % 4}`, technologies: [] });
  const { examples } = createExampleReader(pool);
  const [uncached, cached, reference, alike]: [number[], number[], number[], number[]] = [[], [], [], []];
  for (let at = 0; at < repetitions; at++) {
    const client = clientOf();
    uncached.push(await timed(() => query(client, at)));
    cached.push(await timed(() => query(client, at)));
    const text = `Fix the ${wordsOfTask(at % 20)} and say what it was.`;
    const asked = { capability: `skill-${at % capabilities}`, taskType: `type-${at % 4}`, technologies: [], text };
    alike.push(
      await timed(async () => {
        if ((await examples(workspace, asked, 3)).attempts.length === 0) throw new Error('no attempt is like another');
      }),
    );
    const values = [workspace, `agent-${at}`];
    reference.push(
      await timed(() => pool.query('SELECT definition FROM agents WHERE workspace = $1 AND name = $2', values)),
    );
  }
  return {
    queryMs: summarize(uncached),
    cachedQueryMs: summarize(cached),
    examplesMs: summarize(alike),
    referenceMs: summarize(reference),
  };
}

/** Sessions of one plan, whose tasks ask for capabilities in turn, with what their attempts came to. */
async function fill({ pool, plans, agents: registry }: LocalInstallation, outcomes: number): Promise<void> {
  await registry.add(
    workspace,
    Array.from({ length: agents }, (_, at) => ({
      name: `agent-${at}`,
      connector: {
        connector: 'simulated' as const,
        latency: { kind: 'fixed' as const, ms: 0 },
        script: [],
        successRate: 1,
      },
      capabilities: [{ name: `skill-${at % capabilities}`, proficiency: 1, technologies: [] }],
      tags: [],
      maxConcurrent: 10,
      cost: {},
      shared: false,
    })),
  );
  const tasks = Array.from({ length: 20 }, (_, at): [string, object] => [
    `task_${at}`,
    {
      agent: { capability: `skill-${at % capabilities}` },
      type: `type-${at % 4}`,
      prompt: `Fix the ${wordsOfTask(at)} and say what it was.`,
    },
  ]);
  const text = JSON.stringify({ version: 1, name: 'bench', tasks: Object.fromEntries(tasks) });
  const { plan, hash } = requirePlan(
    await readPlan({ file: 'bench.plan.yaml', text }, () => Promise.reject(new Error('no other file'))),
  );
  await plans.put(workspace, planDocuments(plan));
  await pool.query(
    `INSERT INTO sessions (workspace, id, plan_name, plan_hash, inputs_hash, base_directory, mode, settings, status, progress, started_at)
     SELECT $1, 'session-' || n, 'bench', $2, '', '/', 'full_autonomous', '{}', 'succeeded', '{}', now() FROM generate_series(0, $3 - 1) AS n`,
    [workspace, hash, sessions],
  );
  // Tasks of other plans of the workspace, of the same types and capabilities.
  await pool.query(
    `INSERT INTO known_tasks (workspace, plan_name, task, capability, task_type, technologies, words)
     SELECT $1, 'plan-' || n / 20, 'task_' || n % 20, 'skill-' || n % $3, 'type-' || n % 4, '{}',
            to_tsvector('english', 'Look at ' || (SELECT string_agg('part' || (n * k) % 997, ' ') FROM generate_series(1, 60) AS k))
     FROM generate_series(0, $2::int - 1) AS n`,
    [workspace, otherTasks, capabilities],
  );
  // In parts, as attempts end over hours.
  for (let from = 0; from < outcomes; from += 50_000) {
    await pool.query(
      `INSERT INTO outcomes (workspace, session, run, attempt, plan_name, task, agent, agent_workspace, token, verdict, retryable,
                             started_at, ended_at, duration_ms, evidence, accepted_turn)
       SELECT $1, 'session-' || n % $4, 'task_' || n % 20, n, 'bench', 'task_' || n % 20,
              'agent-' || (n % 20) % 5 + 5 * (n % 200), $1, 0, CASE WHEN n % 7 = 0 THEN 'failed' ELSE 'succeeded' END, true,
              now(), now() - (1000000 - n) * interval '1 second', 1000 + n % 5000, '[]', 1
       FROM generate_series($2::int, $3::int - 1) AS n`,
      [workspace, from, Math.min(from + 50_000, outcomes), sessions],
    );
  }
  await pool.query('ANALYZE');
}

function wordsOfTask(at: number): string {
  return ['parser', 'scheduler', 'login page', 'report', 'build']
    .map((word, nth) => `${word} ${at * (nth + 1)}`)
    .join(', ');
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}
