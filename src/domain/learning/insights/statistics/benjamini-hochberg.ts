/**
 * Each p-value adjusted for all that were tested with it (Benjamini and Hochberg): of those at or below `q`, a share of at most `q` is expected to be
 * chance; where nothing holds, it is the chance that any is found.
 */
export function adjustForMany(pValues: readonly number[]): number[] {
  const order = pValues.map((p, at) => ({ p, at })).sort((a, b) => b.p - a.p);
  const adjusted = new Array<number>(pValues.length).fill(1);
  let smallest = 1;
  order.forEach(({ p, at }, nth) => {
    smallest = Math.min(smallest, (p * pValues.length) / (pValues.length - nth));
    adjusted[at] = smallest;
  });
  return adjusted;
}
