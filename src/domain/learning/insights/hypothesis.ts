import type { Example } from './example';
import type { AttemptLink, Insight } from './insight';
import { normalTail } from './statistics/normal';

/** Something that may hold, with how likely the data would be if it did not. All that were tested count, also those that do not hold. */
export interface Hypothesis {
  p: number;
  /** 0–1: how sure it is that the effect is at least the smallest that counts. */
  certainty: number;
  /** Whether what was seen is worth knowing, and holds in the newest data too. */
  matters: boolean;
  /** What is learnt where it holds. */
  insight(): Omit<Insight, 'confidence'>;
}

/** How sure it is, by the normal approximation, that an effect is at least `smallest`. */
export function certaintyOf(effect: number, smallest: number, standardError: number): number {
  return 1 - normalTail((effect - smallest) / Math.max(standardError, 1e-9));
}

const shownLinks = 10;

/** The newest of these attempts. */
export function linksTo(examples: readonly Example[]): AttemptLink[] {
  return [...examples]
    .sort((a, b) => b.endedAt - a.endedAt || (a.run < b.run ? -1 : 1))
    .slice(0, shownLinks)
    .map(({ session, run, attempt }) => ({ session, run, attempt }));
}
