import { learnOutcomes } from '../../src/activities/learning/learn-outcomes';
import { preparePlan } from '../../src/main/prepare-plan';
import { createLearningStore } from '../../src/stores/learning';
import { createPlanStore } from '../../src/stores/plans';
import { createPool } from '../../src/stores/pool';
import type { MemorySample } from './summarize-memory';

/** What the process is told. */
export interface OutcomesToLearn {
  databaseUrl: string;
  /** How often it looks at its memory: after so many batches, beginning with the first. */
  batchesASample: number;
}

/** What it tells when all is learnt. */
export interface OutcomesLearnt {
  learnt: number;
  /** Without looking at its memory. */
  tookMs: number;
  samples: MemorySample[];
}

/** Learns all that there is as a learning worker does, in a process that does nothing else. It needs `--expose-gc`. */
async function learnAll({ databaseUrl, batchesASample }: OutcomesToLearn): Promise<OutcomesLearnt> {
  const { gc } = globalThis;
  if (!gc) throw new Error('it was started without --expose-gc');
  const samples: MemorySample[] = [];
  let lookedMs = 0;
  const look = (): void => {
    const start = performance.now();
    // What is left over of a batch may be told only by the next round.
    void gc();
    void gc();
    const { heapUsed, external, rss } = process.memoryUsage();
    samples.push({ heapBytes: heapUsed + external, residentBytes: rss });
    lookedMs += performance.now() - start;
  };
  const pool = createPool(databaseUrl);
  try {
    let batches = 0;
    const dependencies = {
      learning: createLearningStore(pool),
      plans: createPlanStore(pool, preparePlan),
      heartbeat: () => void (batches++ % batchesASample === 0 && look()),
      now: Date.now,
    };
    const start = performance.now();
    let learnt = 0;
    for (let more = true; more;) {
      const round = await learnOutcomes(dependencies);
      learnt += round.learnt;
      more = round.more;
    }
    look();
    return { learnt, tookMs: performance.now() - start - lookedMs, samples };
  } finally {
    await pool.end();
  }
}

process.once('message', (told: OutcomesToLearn) => {
  learnAll(told).then(
    (learnt) => process.send?.(learnt, () => process.disconnect()),
    (error: unknown) => {
      process.stderr.write(`${String(error)}\n`);
      process.exit(1);
    },
  );
});
