import { normalTail } from './normal';

/**
 * Mann–Whitney test, one-sided, by the normal approximation with corrections for ties and continuity: how likely it is that values of `low` rank as
 * far below those of `high`, where both are alike. For ten values or more on each side.
 */
export function ranksBelow(low: readonly number[], high: readonly number[]): number {
  const [n, m] = [low.length, high.length];
  const sorted = [...low.map((value) => ({ value, isLow: true })), ...high.map((value) => ({ value, isLow: false }))];
  sorted.sort((a, b) => a.value - b.value);
  let rankSum = 0;
  let ties = 0;
  for (let from = 0; from < sorted.length;) {
    let to = from;
    while (to < sorted.length && sorted[to]?.value === sorted[from]?.value) to++;
    const tied = to - from;
    const rank = (from + 1 + to) / 2;
    rankSum += rank * sorted.slice(from, to).filter(({ isLow }) => isLow).length;
    ties += tied ** 3 - tied;
    from = to;
  }
  const total = n + m;
  const variance = ((n * m) / 12) * (total + 1 - ties / (total * (total - 1)));
  if (variance <= 0) return 1;
  const u = rankSum - (n * (n + 1)) / 2;
  return normalTail(((n * m) / 2 - u - 0.5) / Math.sqrt(variance));
}
