import { Learning } from '../../src/client/learning';
import type { LocalInstallation } from '../../src/main/local';
import { createPool } from '../../src/stores/pool';
import { createFeedbackStore } from '../../src/stores/feedback';
import { createOutcomeReportStore } from '../../src/stores/outcome-reports';
import { createInsightCatalog } from '../../src/stores/insights';
import { createExampleReader } from '../../src/stores/past-examples';
import { createLearningStore } from '../../src/stores/learning';
import { createLearningsReader } from '../../src/stores/learnings-reader';
import { summarize } from '../statistics';
import type { Summary } from '../statistics';
import type { LearningQuery } from '../../src/domain/learning/learnings';
import {
  agentOfTask,
  agents,
  capabilities,
  complexityOfTask,
  fillWithOutcomes,
  insights,
  wordsOfTask,
  workspace,
} from './fill-with-outcomes';
import { learnInProcess } from './learn-in-process';
import { summarizeMemory } from './summarize-memory';
import type { MemoryUse } from './summarize-memory';

export interface LearningRun {
  outcomes: number;
  agents: number;
  insights: number;
  learntPerSecond: number;
  /** Of a process that does nothing else, each time after its garbage was collected: after the first batch, and after all. */
  memoryMiB: MemoryUse;
  /** Of a client that was never asked anything, then of the same one again: what is known of a capability and a type of task, and what is advised. */
  queryMs: Summary;
  cachedQueryMs: Summary;
  /** The first time, of one agent in tasks of a type and a complexity. */
  narrowQueryMs: Summary;
  /** Attempts like one to come. */
  examplesMs: Summary;
  /** One row by its key. */
  referenceMs: Summary;
  meetsTarget: boolean;
}

/** `heapGrowthMiB`: by which the heap may be larger after all than after the first batch. Code that was compiled meanwhile, and its statistics, take some. */
export const learningTargets = {
  ...{ queryMs: 10, cachedQueryMs: 1, narrowQueryMs: 10, examplesMs: 10 },
  heapGrowthMiB: 5,
} as const;

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
  await fillWithOutcomes(installation, outcomes);
  const { databaseUrl } = installation.addresses;
  // About a hundred looks.
  const batchesASample = Math.max(1, Math.round(outcomes / 100_000));
  const { learnt, tookMs, samples } = await learnInProcess({ databaseUrl, batchesASample });
  if (learnt !== outcomes) throw new Error(`${learnt} of ${outcomes} outcomes were learnt`);
  const memoryMiB = summarizeMemory(samples);
  const queries = await measureQueries(installation);
  return {
    outcomes,
    agents,
    insights,
    learntPerSecond: Math.round(learnt / (tookMs / 1_000)),
    memoryMiB,
    ...queries,
    meetsTarget:
      heapGrowthMiB(memoryMiB) <= learningTargets.heapGrowthMiB &&
      queries.queryMs.median <= learningTargets.queryMs &&
      queries.cachedQueryMs.median <= learningTargets.cachedQueryMs &&
      queries.narrowQueryMs.median <= learningTargets.narrowQueryMs &&
      queries.examplesMs.median <= learningTargets.examplesMs,
  };
}

export function heapGrowthMiB({ heap }: MemoryUse): number {
  return heap.last - heap.first;
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
  const query = async (client: Learning, at: number, of: Partial<LearningQuery>): Promise<void> => {
    const taskType = `type-${at % 4}`;
    const found = await client.query({ ...of, taskType, technologies: [] });
    if (found.agents.length === 0 || found.scope.taskType !== taskType)
      throw new Error('nothing is known of the type of task');
    if (found.approach.length === 0 || found.pitfalls.length === 0) throw new Error('nothing is advised');
  };
  const { examples } = createExampleReader(pool);
  const [uncached, cached, narrow]: [number[], number[], number[]] = [[], [], []];
  const [reference, alike]: [number[], number[]] = [[], []];
  for (let at = 0; at < repetitions; at++) {
    const client = clientOf();
    const ofCapability = { capability: `skill-${at % capabilities}` };
    uncached.push(await timed(() => query(client, at, ofCapability)));
    cached.push(await timed(() => query(client, at, ofCapability)));
    const ofAgent = { agent: agentOfTask(at % 20), complexity: complexityOfTask(at % 20) };
    narrow.push(await timed(() => query(clientOf(), at, ofAgent)));
    const text = `Fix the ${wordsOfTask(at % 20)} and say what it was.`;
    const asked = { capability: `skill-${at % capabilities}`, taskType: `type-${at % 4}`, technologies: [], text };
    alike.push(
      await timed(async () => {
        if ((await examples(workspace, asked, 3)).attempts.length === 0) throw new Error('no attempt is like another');
      }),
    );
    const values = [workspace, `agent-${at}`];
    reference.push(
      await timed(async () => {
        const { rowCount } = await pool.query(
          'SELECT definition FROM agents WHERE workspace = $1 AND name = $2',
          values,
        );
        if (rowCount !== 1) throw new Error('the agent is not there');
      }),
    );
  }
  return {
    queryMs: summarize(uncached),
    cachedQueryMs: summarize(cached),
    narrowQueryMs: summarize(narrow),
    examplesMs: summarize(alike),
    referenceMs: summarize(reference),
  };
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}
