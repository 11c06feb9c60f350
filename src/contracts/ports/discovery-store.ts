import type { Insight } from '../../domain/learning/insights/insight';
import type { RunTaskInput } from '../protocol/activities';

/** What agents say that they found out. */
export interface DiscoveryStore {
  /** What an agent said before is said again; of what nothing speaks for, only its latest are kept. */
  keep(
    attempt: RunTaskInput,
    agent: string,
    claims: readonly Pick<Insight, 'scope' | 'feature' | 'says'>[],
  ): Promise<void>;
}
