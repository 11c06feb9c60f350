import { unitPart } from './unit-vector';

/**
 * Ids of the vectors that are closest to the asked one, the closest first, at most so many: those whose cosine with it is at least `minSimilarity`. Vectors of
 * another length are of another kind, and none of them.
 */
export function nearestVectors(
  asked: Int16Array,
  vectors: ReadonlyMap<string, Int16Array>,
  { minSimilarity, most }: { minSimilarity: number; most: number },
): string[] {
  const near: { id: string; similarity: number }[] = [];
  for (const [id, vector] of vectors) {
    if (vector.length !== asked.length) continue;
    const similarity = sumOfProducts(asked, vector) / unitPart ** 2;
    if (similarity >= minSimilarity) near.push({ id, similarity });
  }
  near.sort((left, right) => right.similarity - left.similarity || (left.id < right.id ? -1 : 1));
  return near.slice(0, most).map(({ id }) => id);
}

/** By index: it is asked a million times a search. */
function sumOfProducts(left: Int16Array, right: Int16Array): number {
  let sum = 0;
  for (let at = 0; at < left.length; at++) sum += (left[at] as number) * (right[at] as number);
  return sum;
}
