import { effectTestOf } from './effect';
import type { Example } from './example';
import type { Insight } from './insight';
import { adjustForMany } from './statistics/benjamini-hochberg';

/** What is known only by what others say: outcomes here have to speak for it. */
export type Claim = Pick<Insight, 'scope' | 'feature'> & { id: string };

export interface ClaimVerdict {
  id: string;
  /** 0–100; null while nothing speaks for it. */
  confidence: number | null;
  /** It was seen to do harm, or to be of no use that could be seen. */
  isOver: boolean;
}

const falseDiscoveryRate = 0.05;

/** Sessions that were told it, after which it has had its chance. */
const enoughTold = 50;

/** What telling claims came to. All that can be tested at once are adjusted together: of those that are believed, few are chance. */
export function* judgeClaims(
  claims: readonly Claim[],
  examples: readonly Example[],
): Generator<undefined, ClaimVerdict[]> {
  const measured = [];
  for (const claim of claims) {
    const test = effectTestOf(claim, examples);
    if (test) measured.push({ id: claim.id, ...test });
    yield undefined;
  }
  const tested = measured.flatMap(({ p, ...one }) => (p === null ? [] : [{ ...one, p }]));
  const adjusted = adjustForMany(tested.map(({ p }) => p));
  const verdicts = new Map(
    tested.map(({ id, effect: { withIt, without } }, at) => {
      const q = adjusted[at] ?? 1;
      const isSure = q <= falseDiscoveryRate;
      const helps = (withIt.success ?? 0) > (without.success ?? 0);
      const confidence = isSure && helps ? Math.round(100 * (1 - q)) : null;
      return [id, { id, confidence, isOver: isSure ? !helps : withIt.sessions >= enoughTold }];
    }),
  );
  return claims.map(({ id }) => verdicts.get(id) ?? { id, confidence: null, isOver: false });
}
