/** The middle value, or the mean of the two in the middle. Throws RangeError where there is nothing. */
export function median(values: ArrayLike<number>): number {
  const sorted = new Float64Array(values).sort();
  const middle = sorted.length >> 1;
  const upper = sorted[middle];
  if (upper === undefined) throw new RangeError('there is no median of nothing');
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? upper) + upper) / 2;
}

/** The value below which this share (0–1) of the values lies, by linear interpolation. Throws RangeError where there is nothing. */
export function quantile(values: ArrayLike<number>, share: number): number {
  const sorted = new Float64Array(values).sort();
  const place = (sorted.length - 1) * share;
  const lower = sorted[Math.floor(place)];
  const upper = sorted[Math.ceil(place)];
  if (lower === undefined || upper === undefined) throw new RangeError('there is no quantile of nothing');
  return lower + (upper - lower) * (place - Math.floor(place));
}

/** Makes the median absolute deviation of normal noise its standard deviation: 1 / Φ⁻¹(3/4). */
const madToSigma = 1.4826022185056018;

/** A standard deviation that half of the values may be wrong for: the median absolute deviation, scaled. */
export function spread(values: readonly number[], middle = median(values)): number {
  return madToSigma * median(distances(values, middle));
}

function distances(values: readonly number[], middle: number): Float64Array {
  return new Float64Array(values).map((value) => Math.abs(value - middle));
}
