import { bottleneckHypotheses } from './bottlenecks';
import type { Example } from './example';
import type { Hypothesis } from './hypothesis';
import type { Insight } from './insight';
import { optimisationHypotheses } from './optimisations';
import { collaborationHypotheses, patternHypotheses } from './patterns';
import { pitfallHypotheses } from './pitfalls';
import { retryHypotheses } from './retries';
import { adjustForMany } from './statistics/benjamini-hochberg';
import { timeoutHypotheses } from './timeouts';
import { inOrder } from './units';

/** Of the insights of a mining, the share that may be chance; and where there is nothing to find, the chance that anything is found. */
const falseDiscoveryRate = 0.05;

const families = [
  patternHypotheses,
  collaborationHypotheses,
  pitfallHypotheses,
  bottleneckHypotheses,
  optimisationHypotheses,
  timeoutHypotheses,
  retryHypotheses,
];

/** All that is tested, one by one: each takes some milliseconds, and who asks for them can see to other things in between. */
export function* hypothesesOf(examples: readonly Example[]): Iterable<Hypothesis> {
  const ordered = inOrder(examples);
  for (const family of families) yield* family(ordered);
}

/** What holds of all that was tested: not chance, large enough to matter, and still so in the newest data. */
export function insightsOf(hypotheses: readonly Hypothesis[]): Insight[] {
  const adjusted = adjustForMany(hypotheses.map(({ p }) => p));
  return hypotheses.flatMap(({ matters, certainty, insight }, at) => {
    const q = adjusted[at] ?? 1;
    return matters && q <= falseDiscoveryRate ? [{ ...insight(), confidence: confidenceOf(q, certainty) }] : [];
  });
}

/** Both must be so: that it is no chance (1 − the adjusted p-value), and that the effect is at least the smallest that counts. */
function confidenceOf(q: number, certainty: number): number {
  return Math.round(100 * (1 - q) * certainty);
}
