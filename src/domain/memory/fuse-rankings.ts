/** So far down a list a place counts half as much as the first, as in the work that proposed it (Cormack, Clarke and Büttcher, 2009). */
const flatness = 60;

/** Reciprocal rank fusion: what stands high in several lists, best first, comes first. Of scores that cannot be compared only the order counts. */
export function fuseRankings(rankings: readonly (readonly string[])[]): string[] {
  const scores = new Map<string, number>();
  for (const ranking of rankings)
    ranking.forEach((id, at) => scores.set(id, (scores.get(id) ?? 0) + 1 / (flatness + at + 1)));
  return [...scores].sort(([a, left], [b, right]) => right - left || (a < b ? -1 : 1)).map(([id]) => id);
}
