/** Chance that a standard normal value is above `z`; its relative error stays below 2e-7, far out in the tail too (Numerical Recipes, erfcc). */
export function normalTail(z: number): number {
  const x = Math.abs(z) / Math.SQRT2;
  const t = 1 / (1 + x / 2);
  const series = coefficients.reduceRight((sum, coefficient) => sum * t + coefficient, 0);
  const beyond = (t * Math.exp(-x * x + series)) / 2;
  return z >= 0 ? beyond : 1 - beyond;
}

const coefficients = [
  -1.26551223, 1.00002368, 0.37409196, 0.09678418, -0.18628806, 0.27886807, -1.13520398, 1.48851587, -0.82215223,
  0.17087277,
];

/** The value that a standard normal one stays below with this chance, found by halving. */
export function normalQuantile(chance: number): number {
  let [low, high] = [-8, 8];
  for (let round = 0; round < 60; round++) {
    const middle = (low + high) / 2;
    if (1 - normalTail(middle) < chance) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}
