const { abs, exp, log, log1p, sqrt, PI } = Math;

/** What is believed of a probability: a Beta distribution. */
export interface BetaDistribution {
  a: number;
  b: number;
}

export function betaMean({ a, b }: BetaDistribution): number {
  return a / (a + b);
}

/** The share of the distribution that lies below a value. */
export function betaShareBelow(distribution: BetaDistribution, value: number): number {
  return incompleteBeta(distribution)(value);
}

/** The value that a share of the distribution lies below. */
export function betaQuantile(distribution: BetaDistribution, share: number): number {
  const shareBelow = incompleteBeta(distribution);
  let low = 0;
  let high = 1;
  // To seven digits: it is asked for in turns of sessions.
  for (let step = 0; step < 24; step++) {
    const middle = (low + high) / 2;
    if (shareBelow(middle) < share) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

/**
 * The quantile of Student's t distribution: through the Beta distribution, as t² ÷ (t² + ν) has one. `share` between 0 and 1.
 */
export function studentQuantile(degrees: number, share: number): number {
  if (share === 0.5) return 0;
  if (share < 0.5) return -studentQuantile(degrees, 1 - share);
  const x = betaQuantile({ a: 0.5, b: degrees / 2 }, 2 * share - 1);
  return sqrt((degrees * x) / (1 - x));
}

/** The regularised incomplete beta function of the distribution. What does not hang on the value is worked out once. */
function incompleteBeta({ a, b }: BetaDistribution): (x: number) => number {
  const logScale = logGamma(a + b) - logGamma(a) - logGamma(b);
  return (x) => {
    if (x <= 0) return 0;
    if (x >= 1) return 1;
    return x > (a + 1) / (a + b + 2) ? 1 - lowerPart(b, a, 1 - x, logScale) : lowerPart(a, b, x, logScale);
  };
}

/** By its continued fraction (Lentz's method), which is soon exact below the mean. */
function lowerPart(a: number, b: number, x: number, logScale: number): number {
  const front = exp(logScale + a * log(x) + b * log1p(-x)) / a;
  let c = 1;
  let d = 1 / nonZero(1 - ((a + b) * x) / (a + 1));
  let fraction = d;
  for (let m = 1; m <= 300; m++) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m));
    d = 1 / nonZero(1 + even * d);
    c = nonZero(1 + even / c);
    fraction *= d * c;
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
    d = 1 / nonZero(1 + odd * d);
    c = nonZero(1 + odd / c);
    fraction *= d * c;
    if (abs(d * c - 1) < 1e-14) break;
  }
  return front * fraction;
}

const nonZero = (value: number): number => (abs(value) < 1e-300 ? 1e-300 : value);

/** Lanczos' approximation, for positive arguments. */
function logGamma(x: number): number {
  let sum = 1.00000000019;
  lanczos.forEach((coefficient, at) => (sum += coefficient / (x + 1 + at)));
  const base = x + 5.5;
  return (x + 0.5) * log(base) - base + log((sqrt(2 * PI) * sum) / x);
}

const lanczos = [
  76.18009172947146, -86.505320329417, 24.01409824083091, -1.231739572450155, 0.1208650973866179e-2,
  -0.5395239384953e-5,
];
