/** A handful of measurements. */
export interface Summary {
  median: number;
  min: number;
  max: number;
  values: number[];
}

/** Throws RangeError where there is nothing to summarize. */
export function summarize(measured: readonly number[]): Summary {
  const sorted = [...measured].sort((left, right) => left - right);
  const [min] = sorted;
  const max = sorted.at(-1);
  if (min === undefined || max === undefined) throw new RangeError('there is nothing to summarize');
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? max;
  const median = sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? min) + upper) / 2;
  return { median, min, max, values: [...measured] };
}
