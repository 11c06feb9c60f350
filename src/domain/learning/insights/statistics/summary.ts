export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** The value below which this share of the values lies, 0–1; between two values it is interpolated. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const at = share * (sorted.length - 1);
  const [low = 0, high = low] = [sorted[Math.floor(at)], sorted[Math.ceil(at)]];
  return low + (high - low) * (at - Math.floor(at));
}

export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

/** Squared standard error of the mean of values that lie between 0 and 1. Shrunk towards the middle: where all are alike, it is not 0. */
export function shareVariance(values: readonly number[]): number {
  const share = (values.reduce((sum, value) => sum + value, 0) + 1) / (values.length + 2);
  return (share * (1 - share)) / values.length;
}

/** Squared standard error of the mean of any values. */
export function meanVariance(values: readonly number[]): number {
  const middle = mean(values);
  return values.reduce((sum, value) => sum + (value - middle) ** 2, 0) / (values.length - 1) / values.length;
}
