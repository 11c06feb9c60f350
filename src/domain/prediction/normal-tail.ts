const { abs, exp, log, sqrt, SQRT2 } = Math;

/** The share of the standard normal distribution above z: Numerical Recipes' erfcc, with a relative error below 1.2e-7 everywhere. */
export function normalTail(z: number): number {
  const x = abs(z) / SQRT2;
  const t = 1 / (1 + 0.5 * x);
  let sum = 0;
  for (const coefficient of tailCoefficients) sum = sum * t + coefficient;
  const above = 0.5 * t * exp(-x * x + sum);
  return z >= 0 ? above : 1 - above;
}

/** The z with this share of the standard normal distribution above it; `share` strictly between 0 and 1. Acklam's approximation, good to 1.15e-9. */
export function normalQuantileAbove(share: number): number {
  if (share > 0.5) return -normalQuantileAbove(1 - share);
  if (share < 0.02425) {
    const q = sqrt(-2 * log(share));
    return -polynomial(farAbove, q) / (polynomial(farBelow, q) * q + 1);
  }
  const q = 0.5 - share;
  const r = q * q;
  return (polynomial(nearAbove, r) * q) / (polynomial(nearBelow, r) * r + 1);
}

function polynomial(coefficients: readonly number[], x: number): number {
  let sum = 0;
  for (const coefficient of coefficients) sum = sum * x + coefficient;
  return sum;
}

const tailCoefficients = [
  0.17087277, -0.82215223, 1.48851587, -1.13520398, 0.27886807, -0.18628806, 0.09678418, 0.37409196, 1.00002368,
  -1.26551223,
];
const nearAbove = [
  -3.969683028665376e1, 2.209460984245205e2, -2.759285104469687e2, 1.38357751867269e2, -3.066479806614716e1,
  2.506628277459239,
];
const nearBelow = [
  -5.447609879822406e1, 1.615858368580409e2, -1.556989798598866e2, 6.680131188771972e1, -1.328068155288572e1,
];
const farAbove = [
  -7.784894002430293e-3, -3.223964580411365e-1, -2.400758277161838, -2.549732539343734, 4.374664141464968,
  2.938163982698783,
];
const farBelow = [7.784695709041462e-3, 3.224671290700398e-1, 2.445134137142996, 3.754408661907416];
