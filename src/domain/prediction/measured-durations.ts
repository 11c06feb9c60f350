/** Durations that were measured: how many, the mean of their natural logarithms (of milliseconds), and the sum of the squares of what each differs from it. */
export interface MeasuredDurations {
  count: number;
  logMean: number;
  logSquares: number;
}

/** Two durations always lie on a line: with fewer than three nothing is said of the next. */
export const fewestSamples = 3;

export const noDurations: MeasuredDurations = { count: 0, logMean: 0, logSquares: 0 };

export function measureDurations(durationsMs: readonly number[]): MeasuredDurations {
  const logs = durationsMs.map((ms) => Math.log(Math.max(1, ms)));
  if (logs.length === 0) return noDurations;
  const logMean = logs.reduce((sum, log) => sum + log, 0) / logs.length;
  return { count: logs.length, logMean, logSquares: logs.reduce((sum, log) => sum + (log - logMean) ** 2, 0) };
}

/** Of durations of which nothing is known: half a natural logarithm, so that nine of ten lie within about twice the median. */
const unknownSpread = 0.5;
/** What is believed beforehand counts as much as so many durations. */
const unknownWeight = 3;

/** The variance of the logarithms within tasks, of all of them together: what is believed of a task before its own are looked at. */
export function commonVariance(all: readonly MeasuredDurations[]): number {
  let squares = unknownWeight * unknownSpread ** 2;
  let degrees = unknownWeight;
  for (const { count, logSquares } of all) {
    if (count < 2) continue;
    squares += logSquares;
    degrees += count - 1;
  }
  return squares / degrees;
}
