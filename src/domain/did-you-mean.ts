/** ` (did you mean "x"?)` for the known name closest to a misspelt one, or '' when none is close. */
export function didYouMean(name: string, known: Iterable<string>): string {
  const found = closestName(name, known);
  return found === undefined ? '' : ` (did you mean "${found}"?)`;
}

/** The known name with the fewest edits to `name`: at most a third of its length, and at least one. */
export function closestName(name: string, known: Iterable<string>): string | undefined {
  const lowered = name.toLowerCase();
  let limit = Math.max(1, Math.floor(name.length / 3));
  let best: string | undefined;
  for (const candidate of known) {
    const distance = editDistance(lowered, candidate.toLowerCase(), limit);
    if (distance > limit || (distance === limit && best !== undefined)) continue;
    best = candidate;
    limit = distance;
  }
  return best;
}

/** Insertions, deletions, substitutions and swaps of neighbours from one text to the other; more than `limit` once that is certain. */
function editDistance(left: string, right: string, limit: number): number {
  if (Math.abs(left.length - right.length) > limit) return limit + 1;
  // Three rows of the table, reused: this runs for every pair of a misspelt and a known name.
  let beforePrevious: number[] = [];
  let previous = Array.from({ length: right.length + 1 }, (_, column) => column);
  let current: number[] = [];
  let previousBest = 0;
  for (let row = 1; row <= left.length; row++) {
    current[0] = row;
    let best = row;
    for (let column = 1; column <= right.length; column++) {
      const same = left[row - 1] === right[column - 1];
      let cost = Math.min(
        at(previous, column) + 1,
        at(current, column - 1) + 1,
        at(previous, column - 1) + (same ? 0 : 1),
      );
      const isSwap =
        row > 1 && column > 1 && left[row - 1] === right[column - 2] && left[row - 2] === right[column - 1];
      if (isSwap) cost = Math.min(cost, at(beforePrevious, column - 2) + 1);
      current[column] = cost;
      if (cost < best) best = cost;
    }
    if (best > limit && previousBest > limit) return limit + 1;
    previousBest = best;
    [beforePrevious, previous, current] = [previous, current, beforePrevious];
  }
  return at(previous, right.length);
}

function at(row: readonly number[], column: number): number {
  return row[column] ?? Infinity;
}
