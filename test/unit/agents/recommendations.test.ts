import { recommendationsOf } from '../../../src/domain/agents/recommendations';
import type { InsightKind } from '../../../src/domain/learning/insights/insight';

const insight = (kind: InsightKind, more: object = {}) => ({
  id: kind,
  kind,
  says: `It is a ${kind}.`,
  confidence: 90,
  ...more,
});

it('names proposals, then insights that say what had better be otherwise, with their advice in words', () => {
  const proposal = { id: 'p', says: 'It waits.', advice: null };
  const insights = [
    insight('success_pattern'),
    insight('parameter', { advice: { timeoutMs: 60_000, attempts: 2 } }),
    insight('pitfall'),
    insight('collaboration'),
  ];
  expect(recommendationsOf([proposal], insights)).toEqual([
    { from: 'proposal', ...proposal },
    { from: 'insight', id: 'parameter', says: 'It is a parameter.', advice: 'timeoutMs: 60000, attempts: 2' },
    { from: 'insight', id: 'pitfall', says: 'It is a pitfall.', advice: null },
  ]);
});

it('recommends nothing that is known by hearsay only', () => {
  expect(recommendationsOf([], [insight('pitfall', { confidence: null })])).toEqual([]);
});
