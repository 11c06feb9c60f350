import { InsightKind } from '../learning/insights/insight';
import type { Insight } from '../learning/insights/insight';
import type { Proposal } from '../optimise/proposal';

/** What could be done about an agent. */
export interface Recommendation {
  /** What speaks for it; a proposal can be applied by its id. */
  from: 'proposal' | 'insight';
  id: string;
  /** In plain words, with its numbers. */
  says: string;
  /** What to do, where `says` leaves that open. */
  advice: string | null;
}

/** Kinds of insights that say what had better be otherwise. */
const critical: ReadonlySet<InsightKind> = new Set([
  InsightKind.failurePattern,
  InsightKind.pitfall,
  InsightKind.bottleneck,
  InsightKind.optimisation,
  InsightKind.parameter,
]);

/** Proposals first: they can be applied. Of insights those that outcomes speak for. */
export function recommendationsOf(
  proposals: readonly (Pick<Proposal, 'says' | 'advice'> & { id: string })[],
  insights: readonly (Pick<Insight, 'kind' | 'says' | 'advice'> & { id: string; confidence: number | null })[],
): Recommendation[] {
  return [
    ...proposals.map(({ id, says, advice }) => ({ from: 'proposal' as const, id, says, advice })),
    ...insights
      .filter(({ kind, confidence }) => confidence !== null && critical.has(kind))
      .map(({ id, says, advice }) => ({ from: 'insight' as const, id, says, advice: inWords(advice) })),
  ];
}

function inWords(advice: Insight['advice']): string | null {
  return advice
    ? Object.entries(advice)
        .map(([name, value]) => `${name}: ${value}`)
        .join(', ')
    : null;
}
