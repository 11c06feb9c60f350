import { learnOutcomes } from '../../src/activities/learning/learn-outcomes';
import { createLearningStore } from '../../src/stores/learning';
import type { TestStores } from './test-stores';

/** Learns all that there is to learn, as a learning worker does; resolves with the number of outcomes. */
export async function learnAll({ pool, plans }: Pick<TestStores, 'pool' | 'plans'>): Promise<number> {
  const { learnt } = await learnOutcomes({
    learning: createLearningStore(pool),
    plans,
    heartbeat: () => undefined,
    now: () => 0,
  });
  return learnt;
}
