import { Ranking } from './ranking';
import type { AskedFor, GivenAttempts } from './ranking';
import type { CandidatePool, Roster } from './roster';
import type { RoutingSettings } from './settings';

/** By pool and settings. A pool is asked by one workspace for one capability, belongs to one roster, and goes when what its agents can do changes. */
const kept = new WeakMap<CandidatePool, Map<string, Ranking>>();

/** Settings of workspaces change seldom, but for years. */
const maxKept = 8;

/** The ranking of the pool as it is at the beginning of a batch: that of the batch before, brought up to date, or a new one. */
export function rankingOf(
  roster: Roster,
  pool: CandidatePool,
  settings: RoutingSettings,
  asked: AskedFor,
  given: GivenAttempts,
): Ranking {
  // Whose turn it is differs from batch to batch, and with it the order of all.
  if (settings.strategy === 'round_robin') return new Ranking(pool, settings, asked, roster, given);
  const ofPool = kept.get(pool) ?? new Map<string, Ranking>();
  kept.set(pool, ofPool);
  const key = JSON.stringify(settings);
  const known = ofPool.get(key);
  if (known?.begin(given)) return known;
  const ranking = new Ranking(pool, settings, asked, roster, given);
  const [oldest] = ofPool.keys();
  if (ofPool.size >= maxKept && oldest !== undefined) ofPool.delete(oldest);
  ofPool.set(key, ranking);
  return ranking;
}
